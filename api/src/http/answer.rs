//! Answers: always JSON, always in the shape of a GraphQL response.

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use super::accept::MediaType;
use crate::graphql::error::{Code, request_error};
use crate::graphql::is_request_error;

/// A request that is answered without being executed.
#[derive(Debug)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    /// The kind of the error.
    pub code: Code,
    /// What is wrong, for a developer.
    pub message: String,
    /// A header that goes with the status.
    pub header: Option<(HeaderName, HeaderValue)>,
}

impl Refused {
    /// A request at fault.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: Code::BadUserInput, message: message.into(), header: None }
    }

    /// The same with a code.
    #[must_use]
    pub fn with_code(self, code: Code) -> Self {
        Self { code, ..self }
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some((name, HeaderValue::from_static(value))), ..self }
    }

    /// The answer.
    pub fn answer(self, media_type: MediaType) -> Response<Body> {
        let body = json!({ "errors": [request_error(self.code, self.message)] });
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

/// The code of an error that concerns the whole request and is not the client's fault.
fn whole_code(errors: &[ServerError]) -> Option<Code> {
    let has = |error: &ServerError, code: Code| {
        let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        error.path.is_empty() && found == Some(&Value::from(code.name()))
    };
    [Code::Internal, Code::Timeout].into_iter().find(|code| errors.iter().any(|error| has(error, *code)))
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
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
