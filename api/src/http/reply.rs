//! HTTP replies: always JSON, always in the shape that GraphQL over HTTP defines (`data`, `errors`, `extensions`).

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use entity::StoreError;
use serde_json::json;

use super::accept::MediaType;
use crate::graphql::error::{ErrorCode, UNAVAILABLE, code, request_error};
use crate::graphql::limit::{LimitExceeded, RequestLimits};
use crate::graphql::{ExecutionResult, is_request_error};

/// The reply to a request that is refused without being executed.
#[derive(Debug)]
pub struct HttpRefusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The error code, which clients find in `extensions.code`.
    pub code: ErrorCode,
    /// What is wrong, for a developer of a client.
    pub message: String,
    /// The limit that was exceeded; `None` for any other refusal.
    pub exceeded: Option<Box<LimitExceeded>>,
    /// A header that belongs to the status, like `Allow` or `WWW-Authenticate`.
    pub header: Option<(HeaderName, HeaderValue)>,
}

/// After how many seconds a client may try again while the database is not available.
const RETRY_AFTER_SECONDS: &str = "2";

impl HttpRefusal {
    /// A failure of the store: 503 while the database is not available, else 500. The caller logs it.
    pub fn of_store(error: &StoreError) -> Self {
        if error.is_unavailable() {
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE)
                .with_code(ErrorCode::Unavailable)
                .with_header(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_code(ErrorCode::Internal)
    }

    /// A refusal with the code `BAD_USER_INPUT`.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: ErrorCode::BadUserInput, message: message.into(), exceeded: None, header: None }
    }

    /// A refusal with the code `LIMIT_EXCEEDED`.
    pub fn limit_exceeded(status: StatusCode, exceeded: LimitExceeded) -> Self {
        let refusal = Self::new(status, exceeded.message()).with_code(ErrorCode::LimitExceeded);
        Self { exceeded: Some(Box::new(exceeded)), ..refusal }
    }

    /// The refusal of a method that a path does not allow; `methods` is the value of the header `Allow`.
    pub fn method_not_allowed(methods: &'static str) -> Self {
        let message = format!("expected {}", methods.replace(", ", " or "));
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message).with_header(ALLOW, HeaderValue::from_static(methods))
    }

    /// The same with another error code.
    #[must_use]
    pub fn with_code(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    /// The same with a header in the reply.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// The GraphQL error in the reply.
    pub fn error(&self) -> ServerError {
        let plain = || request_error(self.code, self.message.as_str());
        self.exceeded.as_ref().map_or_else(plain, |exceeded| exceeded.at(None))
    }

    /// The HTTP reply, with the error as its only content.
    pub fn reply(self, media_type: MediaType) -> Response<Body> {
        let body = json!({ "errors": [self.error()] });
        let mut reply = json_reply(self.status, media_type, &body);
        if let Some((name, value)) = self.header {
            reply.headers_mut().insert(name, value);
        }
        reply
    }
}

/// The reply with the result of an execution, and with its cost.
pub fn of_result(mut result: ExecutionResult, limits: &RequestLimits, media_type: MediaType) -> Response<Body> {
    if let Some(seconds) = result.retry_after_seconds {
        return budget_exceeded(&result.response, seconds, media_type);
    }
    result.add_cost(limits);
    match &result.data {
        Some(data) => from_data(data, &result.response.extensions, media_type),
        None => from_response(&result.response, media_type),
    }
}

fn from_response(response: &GraphqlResponse, media_type: MediaType) -> Response<Body> {
    let is_rejected = is_request_error(response);
    let status = match request_error_code(&response.errors) {
        Some(ErrorCode::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(ErrorCode::Timeout) => StatusCode::GATEWAY_TIMEOUT,
        _ if is_unavailable(response) => StatusCode::SERVICE_UNAVAILABLE,
        _ if is_rejected && media_type == MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let mut reply = if is_rejected || response.data == Value::Null && status.is_server_error() {
        // Nothing was executed, or nothing of it was read: there is no `data`, not even null.
        json_reply(status, media_type, &json!({ "errors": response.errors }))
    } else {
        json_reply(status, media_type, response)
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    }
    reply
}

/// True when a field could not be resolved because the database is not available.
fn is_unavailable(response: &GraphqlResponse) -> bool {
    response.errors.iter().any(|error| code(error) == ErrorCode::Unavailable)
}

/// The reply whose `data` is serialised already.
fn from_data(data: &str, extensions: &impl serde::Serialize, media_type: MediaType) -> Response<Body> {
    let extensions = serde_json::to_string(extensions).expect("extensions can be written as JSON");
    raw_reply(StatusCode::OK, media_type, format!("{{\"data\":{data},\"extensions\":{extensions}}}").into_bytes())
}

/// The code of an error that concerns the whole request and is not caused by the client.
fn request_error_code(errors: &[ServerError]) -> Option<ErrorCode> {
    let has = |error: &ServerError, code: ErrorCode| {
        let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        error.path.is_empty() && found == Some(&Value::from(code.name()))
    };
    [ErrorCode::Internal, ErrorCode::Timeout].into_iter().find(|code| errors.iter().any(|error| has(error, *code)))
}

/// The reply 429 to a viewer whose budget is used up; after `seconds` the request may succeed.
fn budget_exceeded(response: &GraphqlResponse, seconds: u64, media_type: MediaType) -> Response<Body> {
    let body = json!({ "errors": response.errors });
    let mut reply = json_reply(StatusCode::TOO_MANY_REQUESTS, media_type, &body);
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    reply
}

/// A reply with `body` as JSON; 500 when it cannot be serialised.
pub fn json_reply(status: StatusCode, media_type: MediaType, body: &impl serde::Serialize) -> Response<Body> {
    let (status, body) = match serde_json::to_vec(body) {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "a reply cannot be written as JSON");
            (StatusCode::INTERNAL_SERVER_ERROR, br#"{"errors":[{"message":"internal error"}]}"#.to_vec())
        }
    };
    raw_reply(status, media_type, body)
}

fn raw_reply(status: StatusCode, media_type: MediaType, body: Vec<u8>) -> Response<Body> {
    let mut reply = Response::new(Body::from(body));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
