//! Server-sent events with the protocol of `graphql-sse`, one request per operation: events `next` and `complete`.

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

/// Tells reverse proxies like nginx not to buffer the stream.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Starts an operation and replies with its stream. Errors of the operation are events of the stream, as the protocol
/// requires.
pub async fn reply(operation: LiveOperation) -> Response<Body> {
    let send_timeout = operation.state.api.settings().live_timings.keep_alive * 2;
    match operation.start().await {
        OperationOutcome::Executed(response) => reply_of_texts(&[next_event(&as_json(&response)), complete_event()]),
        OperationOutcome::Refused(errors) => reply_of_texts(&[errors_event(&errors), complete_event()]),
        OperationOutcome::Unauthenticated(error) => reply_of_texts(&[errors_event(&[error]), complete_event()]),
        OperationOutcome::Subscribed(subscription) => {
            let (messages, receiver) = message_channel();
            let sender = MessageSender::new(messages, 0, send_timeout);
            let work = async move {
                tokio::select! {
                    // Notices a client that has disconnected, even while there are no events to send.
                    () = sender.closed() => {}
                    () = subscription.stream(&sender) => {}
                }
            };
            tokio::spawn(work.in_current_span());
            stream_reply(Body::from_stream(stream::unfold(receiver, next_chunk)))
        }
    }
}

/// The next chunk of a stream; `None` at its end.
async fn next_chunk(
    mut messages: mpsc::Receiver<NumberedMessage>,
) -> Option<(Result<Bytes, Infallible>, mpsc::Receiver<NumberedMessage>)> {
    let (_, message) = messages.recv().await?;
    let text = match message {
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

/// The event `next`. The JSON has no line breaks, so that one `data` line is enough.
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
