//! Answers: always JSON, always in the shape of a GraphQL response.

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use super::accept::MediaType;
use crate::graphql::error::{Code, request_error};
use crate::graphql::is_request_error;
use crate::graphql::limit::Exceeded;

/// A request that is answered without being executed.
#[derive(Debug)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    /// The kind of the error.
    pub code: Code,
    /// What is wrong, for a developer.
    pub message: String,
    /// The limit that is exceeded; `None` where it is not about one.
    pub exceeded: Option<Box<Exceeded>>,
    /// A header that goes with the status.
    pub header: Option<(HeaderName, HeaderValue)>,
}

impl Refused {
    /// A request at fault.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: Code::BadUserInput, message: message.into(), exceeded: None, header: None }
    }

    /// A request that asks for too much.
    pub fn exceeding(status: StatusCode, exceeded: Exceeded) -> Self {
        let refused = Self::new(status, exceeded.message()).with_code(Code::LimitExceeded);
        Self { exceeded: Some(Box::new(exceeded)), ..refused }
    }

    /// The same with a code.
    #[must_use]
    pub fn with_code(self, code: Code) -> Self {
        Self { code, ..self }
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// The error.
    pub fn error(&self) -> ServerError {
        let at_fault = || request_error(self.code, self.message.as_str());
        self.exceeded.as_ref().map_or_else(at_fault, |exceeded| exceeded.at(None))
    }

    /// The answer.
    pub fn answer(self, media_type: MediaType) -> Response<Body> {
        let body = json!({ "errors": [self.error()] });
        let mut answer = json_answer(self.status, media_type, &body);
        if let Some((name, value)) = self.header {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

/// The answer to a request that was looked at by GraphQL.
pub fn of_response(response: &GraphqlResponse, media_type: MediaType) -> Response<Body> {
    let refused = is_request_error(response);
    let status = match whole_code(&response.errors) {
        Some(Code::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(Code::Timeout) => StatusCode::GATEWAY_TIMEOUT,
        _ if refused && media_type == MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    if refused || status.is_server_error() {
        // Nothing was executed: there is no `data`, not even null.
        return json_answer(status, media_type, &json!({ "errors": response.errors }));
    }
    json_answer(status, media_type, response)
}

/// The answer whose `data` is JSON already.
pub fn of_data(data: &str, extensions: &impl serde::Serialize, media_type: MediaType) -> Response<Body> {
    let extensions = serde_json::to_string(extensions).expect("extensions are JSON already");
    raw_answer(StatusCode::OK, media_type, format!("{{\"data\":{data},\"extensions\":{extensions}}}").into_bytes())
}

/// The code of an error that concerns the whole request and is not the client's fault.
fn whole_code(errors: &[ServerError]) -> Option<Code> {
    let has = |error: &ServerError, code: Code| {
        let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        error.path.is_empty() && found == Some(&Value::from(code.name()))
    };
    [Code::Internal, Code::Timeout].into_iter().find(|code| errors.iter().any(|error| has(error, *code)))
}

/// The same for a viewer whose budget was used up: after so many seconds the request may succeed.
pub fn of_used_up(response: &GraphqlResponse, seconds: u64, media_type: MediaType) -> Response<Body> {
    let body = json!({ "errors": response.errors });
    let mut answer = json_answer(StatusCode::TOO_MANY_REQUESTS, media_type, &body);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// Any value as a JSON answer.
pub fn json_answer(status: StatusCode, media_type: MediaType, body: &impl serde::Serialize) -> Response<Body> {
    let (status, body) = match serde_json::to_vec(body) {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "an answer is not JSON");
            (StatusCode::INTERNAL_SERVER_ERROR, br#"{"errors":[{"message":"internal error"}]}"#.to_vec())
        }
    };
    raw_answer(status, media_type, body)
}

fn raw_answer(status: StatusCode, media_type: MediaType, body: Vec<u8>) -> Response<Body> {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
