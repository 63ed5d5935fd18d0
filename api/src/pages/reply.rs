//! Pages as HTTP replies: their headers and their content security policy.

use askama::Template;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Response, StatusCode};

/// Content security policy: a page may load, run and send to this server only, without inline scripts and styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Renders a page. A template that fails is logged, and its reply is a plain 500.
pub fn html(status: StatusCode, template: &impl Template) -> Response<Body> {
    match template.render() {
        Ok(text) => text_reply(status, "text/html; charset=utf-8", text),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            text_reply(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", "internal error".to_owned())
        }
    }
}

/// A text with the headers that all pages have; no cache may store it.
pub fn text_reply(status: StatusCode, content_type: &'static str, text: String) -> Response<Body> {
    let mut reply = Response::new(Body::from(text));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    reply
}

/// A redirect to another address of this server, which the browser gets with GET (303).
pub fn see_other(address: &str) -> Response<Body> {
    let mut reply = text_reply(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", String::new());
    let address = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/"));
    reply.headers_mut().insert(LOCATION, address);
    reply
}
