//! GraphQL over HTTP, as its specification and the `graphql-http` audit suite ask for it.

use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::ALLOW;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};

use super::accept::MediaType;
use super::body;
use super::credential::{Asker, asker};
use super::document::{self, WithDocument};
use super::live::operation::Operation;
use super::live::sse;
use super::observe::Story;
use super::reply::{Refused, of_data, of_response, of_used_up};
use super::state::ServerState;
use crate::graphql::error::name_of;
use crate::graphql::limit::{Limits, check_text};
use crate::graphql::{self, Executed, is_request_error, operation};

/// `POST /graphql`.
pub async fn post(
    State(state): State<ServerState>,
    Extension(story): Extension<Arc<Story>>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let media_type = match negotiate(&headers) {
        Ok(media_type) => media_type,
        Err(refused) => return refused.answer(MediaType::Json),
    };
    let limits = &state.api.settings().limits;
    let outcome = async {
        let from = asker(&state, &headers).await?;
        let asked = body::of_post(&headers, body, state.body_limit_bytes, limits).await?;
        Ok((from, document::find(&state.api, asked)?))
    };
    answer(&state, &story, media_type, outcome.await).await
}

/// `GET /graphql`: queries, and subscriptions for whoever takes events.
pub async fn get(
    State(state): State<ServerState>,
    Extension(story): Extension<Arc<Story>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response<Body> {
    let media_type = match negotiate(&headers) {
        Ok(media_type) => media_type,
        Err(refused) => return refused.answer(MediaType::Json),
    };
    let outcome = async {
        let from = asker(&state, &headers).await?;
        let limits = &state.api.settings().limits;
        let mut asked = document::find(&state.api, body::of_get(&uri, limits)?)?;
        check_reads(&mut asked.request, limits, media_type == MediaType::EventStream)?;
        Ok((from, asked))
    };
    answer(&state, &story, media_type, outcome.await).await
}

/// Any other method.
pub async fn other_method() -> Response<Body> {
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "expected GET or POST")
        .with_header(ALLOW, HeaderValue::from_static("GET, POST"))
        .answer(MediaType::Json)
}

async fn answer(
    state: &ServerState,
    story: &Story,
    media_type: MediaType,
    outcome: Result<(Asker, WithDocument), Refused>,
) -> Response<Body> {
    let metrics = state.api.metrics();
    let (Asker { viewer, credential }, asked) = match outcome {
        Ok(asked) => asked,
        Err(refused) => {
            metrics.error(refused.code.name());
            return refused.answer(media_type);
        }
    };
    let _ = story.viewer.set(viewer.name.clone());
    if media_type == MediaType::EventStream {
        return sse::answer(Operation::new(state.clone(), credential, story.request_id.clone(), asked)).await;
    }
    let WithDocument { request, to_remember } = asked;
    let executed = graphql::answer(&state.api, viewer, request, &story.request_id).await;
    let Executed { mut response, operation, charge, data, retry_after_seconds, .. } = executed;
    response.errors.iter().for_each(|error| metrics.error(name_of(error)));
    if let Some(operation) = operation {
        metrics.operation(operation.kind, &operation.name);
        let _ = story.operation.set(operation);
    }
    if let Some((hash, text)) = to_remember.filter(|_| !is_request_error(&response)) {
        state.api.settings().documents.remember(hash, &text);
    }
    if let Some(seconds) = retry_after_seconds {
        return of_used_up(&response, seconds, media_type);
    }
    if let Some(charge) = charge {
        let cost = charge.extension(&state.api.settings().limits);
        response.extensions.insert("cost".to_owned(), cost);
    }
    match data {
        Some(data) => of_data(&data, &response.extensions, media_type),
        None => of_response(&response, media_type),
    }
}

fn negotiate(headers: &HeaderMap) -> Result<MediaType, Refused> {
    let sent = headers.contains_key(axum::http::header::ACCEPT);
    match MediaType::negotiate(headers) {
        Some(media_type) => Ok(media_type),
        None if !sent => Ok(MediaType::Json),
        None => {
            let message =
                "expected to be asked for application/graphql-response+json, application/json or text/event-stream";
            Err(Refused::new(StatusCode::NOT_ACCEPTABLE, message))
        }
    }
}

/// Refuses mutations: a `GET` may be repeated by anything between the client and us.
fn check_reads(request: &mut Request, limits: &Limits, takes_events: bool) -> Result<(), Refused> {
    if check_text(&request.query, limits).is_err() {
        // Executing it says what is wrong.
        return Ok(());
    }
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return Ok(()) };
    match operation::selected(document, name.as_deref()) {
        Some(operation) if takes_events && operation.ty == OperationType::Subscription => Ok(()),
        Some(operation) if !operation::is_query(operation) => {
            let message = "expected a query: mutations are sent by POST";
            Err(Refused::new(StatusCode::METHOD_NOT_ALLOWED, message)
                .with_header(ALLOW, HeaderValue::from_static("POST")))
        }
        _ => Ok(()),
    }
}
