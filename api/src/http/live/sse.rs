//! Server-sent events by the protocol of `graphql-sse`, one request for each operation: events `next` and `complete`.

use std::convert::Infallible;

use async_graphql::ServerError;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use futures_util::stream;
use serde_json::json;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::operation::{LiveOperation, OperationOutcome, as_json};
use super::sender::{MessageSender, NumberedMessage, OperationMessage, message_channel};

/// What is between us and a client may hold back what it believes to be a page.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The reply to an operation, as a stream that has begun. Errors of the operation are in the stream, as the protocol asks
/// for it; who has no good credential gets no stream.
pub async fn reply(operation: LiveOperation) -> Response<Body> {
    let patience = operation.state.api.settings().live_timings.keep_alive * 2;
    match operation.start().await {
        OperationOutcome::Executed(response) => reply_of_texts(&[next_event(&as_json(&response)), complete_event()]),
        OperationOutcome::Refused(errors) => reply_of_texts(&[errors_event(&errors), complete_event()]),
        OperationOutcome::Unauthenticated(error) => reply_of_texts(&[errors_event(&[error]), complete_event()]),
        OperationOutcome::Subscribed(subscription) => {
            let (sender, receiver) = message_channel();
            let outlet = MessageSender::new(sender, 0, patience);
            let work = async move {
                tokio::select! {
                    // A client that went away is noticed without an event that could not be sent.
                    () = outlet.closed() => {}
                    () = subscription.stream(&outlet) => {}
                }
            };
            tokio::spawn(work.in_current_span());
            stream_reply(Body::from_stream(stream::unfold(receiver, next_chunk)))
        }
    }
}

/// The next text of a stream.
async fn next_chunk(
    mut messages: mpsc::Receiver<NumberedMessage>,
) -> Option<(Result<Bytes, Infallible>, mpsc::Receiver<NumberedMessage>)> {
    let (_, said) = messages.recv().await?;
    let text = match said {
        OperationMessage::Next(json) => next_event(&json),
        OperationMessage::Error(errors) => errors_event(&errors) + &complete_event(),
        OperationMessage::Unauthenticated(error) => errors_event(&[error]) + &complete_event(),
        OperationMessage::Complete => complete_event(),
        OperationMessage::KeepAlive => ":\n\n".to_owned(),
    };
    Some((Ok(Bytes::from(text)), messages))
}

fn errors_event(errors: &[ServerError]) -> String {
    next_event(&json!({ "errors": errors }).to_string())
}

/// JSON of ours stands on one line.
fn next_event(json: &str) -> String {
    format!("event: next\ndata: {json}\n\n")
}

fn complete_event() -> String {
    "event: complete\ndata: \n\n".to_owned()
}

fn reply_of_texts(texts: &[String]) -> Response<Body> {
    stream_reply(Body::from(texts.concat()))
}

fn stream_reply(body: Body) -> Response<Body> {
    let mut reply = Response::new(body);
    *reply.status_mut() = StatusCode::OK;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(NO_BUFFERING, HeaderValue::from_static("no"));
    reply
}
