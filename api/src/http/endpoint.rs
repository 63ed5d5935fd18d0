//! GraphQL over HTTP, conforming to the specification and to the audit suite of `graphql-http`: turns an HTTP request
//! into a call of [`crate::graphql::execute`], and its result into a reply.

use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCEPT, ALLOW};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

use super::accept::MediaType;
use super::body;
use super::credential::Principal;
use super::document::ResolvedRequest;
use super::live::operation::LiveOperation;
use super::live::sse;
use super::observe::RequestLog;
use super::reply::{HttpRefusal, of_result};
use super::state::ServerState;
use crate::graphql::limit::{RequestLimits, check_text};
use crate::graphql::{ExecutionRequest, execute, is_request_error, operation};

/// `POST /graphql`, and `GET /graphql` for queries, and for subscriptions of clients that accept `text/event-stream`.
pub async fn graphql(
    State(state): State<ServerState>,
    Extension(log): Extension<Arc<RequestLog>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let media_type = match negotiate(&headers) {
        Ok(media_type) => media_type,
        Err(refusal) => return refusal.reply(MediaType::Json),
    };
    let limits = &state.api.settings().limits;
    let read = async {
        let principal = Principal::of_request(&state, &headers).await?;
        if method == Method::POST {
            let body = body::read_post(&headers, body, state.body_limit_bytes, limits).await?;
            return Ok((principal, ResolvedRequest::of_body(&state.api, body)?));
        }
        let mut resolved = ResolvedRequest::of_body(&state.api, body::read_get(&uri, limits)?)?;
        check_reads(&mut resolved.request, limits, media_type == MediaType::EventStream)?;
        Ok::<_, HttpRefusal>((principal, resolved))
    };
    let (Principal { viewer, credential }, resolved) = match read.await {
        Ok(read) => read,
        Err(refusal) => {
            state.api.metrics().error(refusal.code.name());
            return refusal.reply(media_type);
        }
    };
    let _ = log.viewer.set(viewer.name.clone());
    if media_type == MediaType::EventStream {
        return sse::reply(LiveOperation::new(state.clone(), credential, log.request_id.clone(), resolved)).await;
    }
    let ResolvedRequest { request, to_remember } = resolved;
    let execution = ExecutionRequest { viewer, request, request_id: &log.request_id, use_cache: true, step: None };
    let result = execute(&state.api, execution).await;
    log.record(state.api.metrics(), &result);
    if let Some((hash, text)) = to_remember.filter(|_| !is_request_error(&result.response)) {
        state.api.settings().documents.store(hash, &text);
    }
    of_result(result, limits, media_type)
}

/// The reply to any other method: 405.
pub async fn other_method() -> Response<Body> {
    HttpRefusal::method_not_allowed("GET, POST").reply(MediaType::Json)
}

fn negotiate(headers: &HeaderMap) -> Result<MediaType, HttpRefusal> {
    match MediaType::negotiate(headers) {
        Some(media_type) => Ok(media_type),
        None if !headers.contains_key(ACCEPT) => Ok(MediaType::Json),
        None => {
            let message =
                "expected Accept to allow application/graphql-response+json, application/json or text/event-stream";
            Err(HttpRefusal::new(StatusCode::NOT_ACCEPTABLE, message))
        }
    }
}

/// Fails for mutations: a proxy or browser may repeat a `GET`.
fn check_reads(request: &mut Request, limits: &RequestLimits, takes_events: bool) -> Result<(), HttpRefusal> {
    if check_text(&request.query, limits).is_err() {
        // Executing the request reports the error.
        return Ok(());
    }
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return Ok(()) };
    match operation::selected(document, name.as_deref()) {
        Some(operation) if takes_events && operation.ty == OperationType::Subscription => Ok(()),
        Some(operation) if !operation::is_query(operation) => {
            let message = "expected a query: mutations are sent by POST";
            Err(HttpRefusal::new(StatusCode::METHOD_NOT_ALLOWED, message)
                .with_header(ALLOW, HeaderValue::from_static("POST")))
        }
        _ => Ok(()),
    }
}
