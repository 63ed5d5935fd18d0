//! The schema as text, the health and readiness probes, and the metrics.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use jobs::recompute::RunContext;
use serde_json::json;

use super::accept::MediaType;
use super::reply::{HttpRefusal, json_reply};
use super::state::{ServerState, ShutdownFlag};
use crate::graphql::error::ErrorCode;
use crate::metrics;

/// What a server says that was started on a full disk.
const STARTED_FULL: &str = "the disk of the database is full: it is read and not written, and no other process can open it until there is room";

/// What a server says whose database is damaged, before the area of the damage.
const DAMAGED: &str = "the database is damaged in its";

/// `GET /schema.graphql`: the schema definition; 404 where introspection is disabled.
pub async fn schema(State(state): State<ServerState>) -> Response<Body> {
    if !state.access.introspection {
        return not_found().await;
    }
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], crate::graphql::sdl()).into_response()
}

/// `GET /healthz`: the process is alive.
pub async fn healthz() -> Response<Body> {
    json_reply(StatusCode::OK, MediaType::Json, &json!({ "alive": true }))
}

/// `GET /readyz`: 200 when the database is reachable, its migrations are current and the server is not stopping; 503
/// with the reason otherwise. `detail` says what does not work although requests are answered.
pub async fn readyz(State(state): State<ServerState>, stopping: Option<Extension<ShutdownFlag>>) -> Response<Body> {
    match state.check_ready(stopping.as_deref()).await {
        Ok(()) => {
            let RunContext { database, clock, .. } = state.api.job_context();
            let mut body = json!({ "ready": true });
            let doubt = clock.doubt().map(|doubt| format!("{doubt}: the schedule waits"));
            let full = database.is_alone().then(|| STARTED_FULL.to_owned());
            let damage = state.api.damage();
            let damaged = damage.first().map(|finding| format!("{} {}: see `needle doctor`", DAMAGED, finding.area));
            let details: Vec<String> = [doubt, full, damaged].into_iter().flatten().collect();
            if !details.is_empty() {
                body["detail"] = json!(details.join("; "));
            }
            json_reply(StatusCode::OK, MediaType::Json, &body)
        }
        Err(reason) => {
            tracing::warn!(reason, "not ready");
            let body = json!({ "ready": false, "reason": reason });
            json_reply(StatusCode::SERVICE_UNAVAILABLE, MediaType::Json, &body)
        }
    }
}

/// `GET /metrics`, for Prometheus. Needs no token: it contains counts and durations, and no personal data.
pub async fn metrics(State(state): State<ServerState>) -> Response<Body> {
    let RunContext { database, clock, .. } = state.api.job_context();
    match state.api.metrics().encode(database, clock.now()).await {
        Ok(text) => ([(CONTENT_TYPE, metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
                .with_code(ErrorCode::Internal)
                .reply(MediaType::Json)
        }
    }
}

/// The JSON reply for a path where nothing is served: 404.
pub async fn not_found() -> Response<Body> {
    HttpRefusal::new(StatusCode::NOT_FOUND, "nothing is served here; the API is at /graphql")
        .with_code(ErrorCode::NotFound)
        .reply(MediaType::Json)
}

/// The reply to all other requests of a connection beyond the limits on connections: 503.
pub async fn too_many_connections() -> Response<Body> {
    HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections are open: try again later")
        .with_code(ErrorCode::LimitExceeded)
        .with_header(RETRY_AFTER, HeaderValue::from_static("1"))
        .reply(MediaType::Json)
}
