//! Observability of every request: an id, one log line, and metrics. A panic in a handler becomes a reply with the
//! status 500.
//!
//! Recorded are the route, never the path or its parameters, and the operation's name, never its variables.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_graphql::ServerError;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::accept::MediaType;
use super::reply::json_reply;
use crate::graphql::error::internal;
use crate::graphql::operation::OperationInfo;
use crate::graphql::{Api, ExecutionResult, random};
use crate::metrics::Metrics;

/// The header with the id of a request: a client may send its own, and every reply contains it.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of a request id from a client, in characters.
const ID_LIMIT: usize = 64;

/// The route that is recorded for a request that matched no route.
const NO_ROUTE: &str = "other";

/// The status that is recorded when the client disconnected before the reply; no client receives it.
const CLIENT_GONE: u16 = 499;

/// Routes that are polled constantly: their requests are logged at debug level only.
const CHECKS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// What the handlers record about a request, for its log line.
#[derive(Debug)]
pub struct RequestLog {
    /// The id, as sent by the client or generated.
    pub request_id: String,
    /// The template of the route, like `/graphiql/{file}`; unset when no route matched.
    pub route: OnceLock<&'static str>,
    /// The viewer's name; unset until the request is authenticated.
    pub viewer: OnceLock<String>,
    /// The GraphQL operation; unset when none was executed.
    pub operation: OnceLock<OperationInfo>,
}

impl RequestLog {
    /// Records the executed operation, and counts it and its errors in the metrics.
    pub fn record(&self, metrics: &Metrics, result: &ExecutionResult) {
        result.count_in(metrics);
        if let Some(operation) = &result.operation {
            let _ = self.operation.set(operation.clone());
        }
    }
}

/// Middleware around every request.
pub async fn observe(State(api): State<Api>, mut request: Request, next: Next) -> Response<Body> {
    let request_id = request_id(request.headers());
    let header = HeaderValue::from_str(&request_id);
    let span = tracing::error_span!("request", request_id);
    let log = Arc::new(RequestLog {
        request_id,
        route: OnceLock::new(),
        viewer: OnceLock::new(),
        operation: OnceLock::new(),
    });
    request.extensions_mut().insert(Arc::clone(&log));
    let observer =
        RequestObserver { api, log, method: method_name(request.method()), started: Instant::now(), is_ended: false };
    let handling = async move {
        let outcome = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let reply = outcome.unwrap_or_else(|_| panic_reply(&observer.log.request_id));
        observer.end(reply.status().as_u16(), reply.body().size_hint().exact());
        reply
    };
    let mut reply = handling.instrument(span).await;
    if let Ok(header) = header {
        reply.headers_mut().insert(REQUEST_ID, header);
    }
    reply
}

/// Middleware around every route: records which route matched the request.
pub async fn note_route(State(route): State<&'static str>, request: Request, next: Next) -> Response<Body> {
    if let Some(log) = request.extensions().get::<Arc<RequestLog>>() {
        let _ = log.route.set(route);
    }
    next.run(request).await
}

/// The id that the client sent, if it is 1 to 64 visible ASCII characters; otherwise a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_valid = |id: &&str| (1..=ID_LIMIT).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    sent.filter(is_valid).map_or_else(random::request_id, str::to_owned)
}

/// The reply to a request whose handler panicked.
fn panic_reply(request_id: &str) -> Response<Body> {
    let error = internal(ServerError::new("", None), request_id);
    let body = serde_json::json!({ "errors": [error] });
    json_reply(StatusCode::INTERNAL_SERVER_ERROR, MediaType::Json, &body)
}

/// The method as a metric label: clients can invent methods, so only common ones are distinguished.
fn method_name(method: &Method) -> &'static str {
    let common = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
    common.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// A running request. Logged when it ends, or when its client disconnects and it is dropped.
struct RequestObserver {
    api: Api,
    log: Arc<RequestLog>,
    method: &'static str,
    started: Instant,
    is_ended: bool,
}

impl RequestObserver {
    fn end(mut self, status: u16, bytes: Option<u64>) {
        self.log(status, bytes);
        self.is_ended = true;
    }

    fn log(&self, status: u16, bytes: Option<u64>) {
        let RequestLog { route, viewer, operation, .. } = self.log.as_ref();
        let (route, method, took) = (route.get().copied().unwrap_or(NO_ROUTE), self.method, self.started.elapsed());
        self.api.metrics().request(route, method, status, took);
        let (viewer, operation) = (viewer.get(), operation.get());
        let (operation_type, operation) = (operation.map(|info| info.kind), operation.map(|info| info.name.as_str()));
        let duration_ms = took.as_secs_f64() * 1_000.0;
        if CHECKS.contains(&route) {
            tracing::debug!(method, route, status, duration_ms, bytes, "request ended");
        } else {
            tracing::info!(
                method,
                route,
                status,
                duration_ms,
                bytes,
                viewer,
                operation_type,
                operation,
                "request ended"
            );
        }
    }
}

impl Drop for RequestObserver {
    fn drop(&mut self) {
        if !self.is_ended {
            self.log(CLIENT_GONE, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_request_id_is_kept_and_any_other_is_replaced() {
        let id = |sent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(sent.as_bytes()).expect("a header"));
            request_id(&headers)
        };
        let (longest, too_long) = ("x".repeat(64), "x".repeat(65));
        for kept in ["a", "7f3a-91", "urn:uuid:1", longest.as_str()] {
            assert_eq!(id(kept), kept);
        }
        for replaced in ["", "two words", "tab\tbed", "naïve", too_long.as_str()] {
            let made = id(replaced);
            assert!(made.len() == 16 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{replaced}: {made}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
