//! Pages that report an error.

use askama::Template;
use axum::body::Body;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;

use super::asset::PageAssets;
use super::reply;
use crate::graphql::error::ErrorCode;

/// Why a page cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageProblem {
    status: StatusCode,
    title: &'static str,
    message: String,
}

#[derive(Template)]
#[template(path = "pages/problem.html", whitespace = "minimize")]
struct ProblemPage {
    assets: PageAssets,
    title: &'static str,
    message: String,
    may_sign_in: bool,
}

impl PageProblem {
    /// The reason, as a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A page or an object that does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, title: "Not found", message: message.into() }
    }

    /// Something that the visitor may not do.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, title: "Not for your role", message: message.into() }
    }

    /// A URL or a form that is malformed.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, title: "Bad request", message: message.into() }
    }

    /// A failure of the server, whose reason is in the log only.
    pub fn internal(request_id: &str) -> Self {
        let message = format!("Something went wrong on the server. See the server log, request {request_id}.");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, title: "Internal error", message }
    }

    /// The database cannot be used at the moment; the reason is in the log only.
    pub fn unavailable() -> Self {
        let message = "The database is not available at the moment. Try again in a few seconds.".to_owned();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, title: "Not available", message }
    }

    /// An error of the API, by its code.
    pub fn of_code(code: &str, message: &str, request_id: &str) -> Self {
        let is = |candidate: ErrorCode| code == candidate.name();
        let (status, title) = match code {
            _ if is(ErrorCode::Forbidden) => (StatusCode::FORBIDDEN, "Not for your role"),
            _ if is(ErrorCode::NotFound) => (StatusCode::NOT_FOUND, "Not found"),
            _ if is(ErrorCode::BadUserInput) => (StatusCode::BAD_REQUEST, "Bad request"),
            _ if is(ErrorCode::LimitExceeded) => (StatusCode::TOO_MANY_REQUESTS, "Limit exceeded"),
            _ if is(ErrorCode::Unavailable) => return Self::unavailable(),
            _ if is(ErrorCode::Timeout) => (StatusCode::GATEWAY_TIMEOUT, "This took too long"),
            _ if is(ErrorCode::Conflict) => (StatusCode::CONFLICT, "Changed in the meantime"),
            _ => return Self::internal(request_id),
        };
        Self { status, title, message: capitalised(message) }
    }
}

/// A message of the API as a sentence: with a capital letter and a full stop.
pub fn capitalised(message: &str) -> String {
    let mut letters = message.chars();
    let mut text: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response<Body> {
        let Self { status, title, message } = self;
        let may_sign_in = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&status);
        let mut reply = reply::html(status, &ProblemPage { assets: PageAssets, title, message, may_sign_in });
        if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status) {
            reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        reply
    }
}
