//! `POST /hooks/{vendor}`: what survey tools send. A request that is signed is stored, or kept, before it is acknowledged.

mod signature;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use entity::hook_delivery::{HookDeliveryState, HookVendor};
use entity::store::StoreError;
use needle_import::hook::{self, HookError, HookMessage, HookOutcome};
use needle_rules::target::WriteContext;
use serde_json::json;

use super::accept::MediaType;
use super::body::read_bytes;
use super::observe::RequestLog;
use super::probe;
use super::reply::{HttpRefusal, json_reply};
use super::state::ServerState;
use crate::graphql::error::{ErrorCode, UNAVAILABLE};
use signature::SignedRequest;

/// After how many seconds a tool may send again what could not be stored.
const RETRY_SECONDS: &str = "5";

/// A request that was refused, and under which result it is counted.
struct HookRefusal {
    refusal: HttpRefusal,
    result: &'static str,
}

/// `POST /hooks/{vendor}`.
pub async fn receive(
    State(state): State<ServerState>,
    Extension(log): Extension<Arc<RequestLog>>,
    Path(vendor): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let Some(vendor) = HookVendor::of_name(&vendor) else { return probe::not_found().await };
    let _ = log.viewer.set(format!("webhook {}", vendor.name()));
    let (result, reply) = match Box::pin(accept(&state, vendor, &uri, &headers, body)).await {
        Ok(outcome) => (result_of(&outcome), reply_to(&outcome)),
        Err(HookRefusal { refusal, result }) => {
            state.api.metrics().error(refusal.code.name());
            (result, refusal.reply(MediaType::Json))
        }
    };
    state.api.metrics().hook_delivered(vendor.name(), result);
    reply
}

/// The reply to any other method: 405.
pub async fn other_method() -> Response<Body> {
    HttpRefusal::method_not_allowed("POST").reply(MediaType::Json)
}

async fn accept(
    state: &ServerState,
    vendor: HookVendor,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<HookOutcome, HookRefusal> {
    let hooks = &state.hooks;
    let now = state.api.job_context().clock.now();
    let Some(keys) = hooks.keys.get(&vendor) else { return Err(off(vendor)) };
    let bytes = read_bytes(headers, body, state.body_limit_bytes).await.map_err(|refusal| {
        let result = if refusal.status == StatusCode::PAYLOAD_TOO_LARGE { "too_large" } else { "unreadable" };
        HookRefusal { refusal, result }
    })?;
    let request = SignedRequest { headers, query: uri.query().unwrap_or_default(), body: &bytes };
    let id = request.verify(vendor, keys, now).map_err(|error| HookRefusal {
        refusal: HttpRefusal::new(StatusCode::UNAUTHORIZED, error.to_string()).with_code(ErrorCode::Unauthenticated),
        result: "unsigned",
    })?;
    // Only signed requests are charged: nobody else can use up what a tool may send.
    if let Err(exceeded) = hooks.budgets.charge(vendor.name(), 1, now) {
        let message = "too many requests of this tool (the limit \"per_second\" of [hooks]): send it again later";
        let refusal = HttpRefusal::new(StatusCode::TOO_MANY_REQUESTS, message)
            .with_code(ErrorCode::LimitExceeded)
            .with_header(RETRY_AFTER, HeaderValue::from(exceeded.retry_after_seconds));
        return Err(HookRefusal { refusal, result: "limited" });
    }
    let body = String::from_utf8(bytes.to_vec()).map_err(|_| {
        let refusal = HttpRefusal::new(StatusCode::BAD_REQUEST, "expected a JSON body in UTF-8, found other bytes");
        HookRefusal { refusal, result: "unreadable" }
    })?;
    let message = HookMessage { vendor, id, body };
    let context = context(state);
    let stored = hook::receive(&context, &hooks.maps, message);
    match tokio::time::timeout(hooks.timeout, Box::pin(stored)).await {
        Ok(outcome) => outcome.map_err(|error| failed(&error)),
        Err(_) => Err(HookRefusal { refusal: unavailable(), result: "failed" }),
    }
}

/// What a delivery is written with.
fn context(state: &ServerState) -> WriteContext {
    let job_context = state.api.job_context();
    WriteContext {
        database: job_context.database.clone(),
        calendar: job_context.calendar.get(),
        now: job_context.clock.now(),
        attribute_limits: state.api.settings().attribute_limits,
        signature: None,
        import: None,
    }
}

fn off(vendor: HookVendor) -> HookRefusal {
    let message = format!("this webhook is off: [hooks] of the configuration has no key of {}", vendor.name());
    let refusal = HttpRefusal::new(StatusCode::NOT_FOUND, message).with_code(ErrorCode::NotFound);
    HookRefusal { refusal, result: "off" }
}

fn unavailable() -> HttpRefusal {
    HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE)
        .with_code(ErrorCode::Unavailable)
        .with_header(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS))
}

/// Nothing was stored: the tool is told to send it again, or why that would not help.
fn failed(error: &HookError) -> HookRefusal {
    let unreadable = |status, code| {
        let refusal = HttpRefusal::new(status, error.to_string()).with_code(code);
        HookRefusal { refusal, result: "unreadable" }
    };
    match error {
        HookError::Json(_) => unreadable(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput),
        HookError::TooManyFields(_) => unreadable(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::LimitExceeded),
        HookError::Store(store) => {
            tracing::error!(error = %store, "a delivery to a webhook could not be stored");
            HookRefusal { refusal: of_store(store), result: "failed" }
        }
        HookError::Io(io) => {
            tracing::error!(error = %io, "a delivery to a webhook could not be read");
            let refusal = HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error");
            HookRefusal { refusal: refusal.with_code(ErrorCode::Internal), result: "failed" }
        }
    }
}

fn of_store(error: &StoreError) -> HttpRefusal {
    if error.is_unavailable() || error.is_lock_timeout() || error.is_conflict() || error.is_disk_full() {
        return unavailable();
    }
    HttpRefusal::of_store(error)
}

fn result_of(outcome: &HookOutcome) -> &'static str {
    match outcome.state {
        _ if outcome.is_replay => "replayed",
        HookDeliveryState::Waiting => "kept",
        state => state.name(),
    }
}

/// 200 for what is settled, 202 for what is kept.
fn reply_to(outcome: &HookOutcome) -> Response<Body> {
    let is_kept = outcome.state == HookDeliveryState::Waiting;
    let status = if is_kept { StatusCode::ACCEPTED } else { StatusCode::OK };
    let HookOutcome { code, reason, .. } = outcome;
    let mut body = json!({ "result": result_of(outcome) });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    json_reply(status, MediaType::Json, &body)
}
