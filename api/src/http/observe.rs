//! What is told of every request: an id, one line in the log, and its metrics. A panic in a handler becomes a reply.
//!
//! Told are the route and never the path or its parameters, the operation's name and never its variables.

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

/// The header in which a client may send its id of a request, and gets it back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The most characters of an id that a client sends.
const ID_LIMIT: usize = 64;

/// The route of a request that no route took.
const NO_ROUTE: &str = "other";

/// The status of a request whose client went away before the reply; no client sees it.
const CLIENT_GONE: u16 = 499;

/// Routes that are asked all day long.
const CHECKS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// What the handlers know of a request, for its line in the log.
#[derive(Debug)]
pub struct RequestLog {
    /// The id.
    pub request_id: String,
    /// The template of the route.
    pub route: OnceLock<&'static str>,
    /// Who asks, by the name of the token.
    pub viewer: OnceLock<String>,
    /// The GraphQL operation.
    pub operation: OnceLock<OperationInfo>,
}

impl RequestLog {
    /// Notes the operation that was executed, and counts it with its errors.
    pub fn record(&self, metrics: &Metrics, result: &ExecutionResult) {
        result.count_in(metrics);
        if let Some(operation) = &result.operation {
            let _ = self.operation.set(operation.clone());
        }
    }
}

/// Goes around every request.
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
    let observed = async move {
        let outcome = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let reply = outcome.unwrap_or_else(|_| panic_reply(&observer.log.request_id));
        observer.end(reply.status().as_u16(), reply.body().size_hint().exact());
        reply
    };
    let mut reply = observed.instrument(span).await;
    if let Ok(header) = header {
        reply.headers_mut().insert(REQUEST_ID, header);
    }
    reply
}

/// Notes which route took a request; goes around every route.
pub async fn note_route(State(route): State<&'static str>, request: Request, next: Next) -> Response<Body> {
    if let Some(log) = request.extensions().get::<Arc<RequestLog>>() {
        let _ = log.route.set(route);
    }
    next.run(request).await
}

/// The id that a client sent, if it is a short visible text; else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_sane = |id: &&str| (1..=ID_LIMIT).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    sent.filter(is_sane).map_or_else(random::request_id, str::to_owned)
}

/// The reply to a request whose handler panicked.
fn panic_reply(request_id: &str) -> Response<Body> {
    let error = internal(ServerError::new("", None), request_id);
    let body = serde_json::json!({ "errors": [error] });
    json_reply(StatusCode::INTERNAL_SERVER_ERROR, MediaType::Json, &body)
}

/// Anybody can make up a method: only the common ones are told apart.
fn method_name(method: &Method) -> &'static str {
    let common = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
    common.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// A request under way. Told of at its end, or when its client goes away and it is dropped.
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
            tracing::debug!(method, route, status, duration_ms, bytes, "answered");
        } else {
            tracing::info!(method, route, status, duration_ms, bytes, viewer, operation_type, operation, "answered");
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
    fn a_sane_id_is_kept_and_any_other_is_replaced() {
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
