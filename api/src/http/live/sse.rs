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

use super::operation::{Opened, Operation, as_json};
use super::outlet::{Line, Outlet, Said, lines};

/// What is between us and a client may hold back what it believes to be a page.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The reply to an operation, as a stream that has begun. Errors of the operation are in the stream, as the protocol asks
/// for it; who has no good credential gets no stream.
pub async fn reply(operation: Operation) -> Response<Body> {
    let patience = operation.state.api.settings().pace.keep_alive * 2;
    match operation.open().await {
        Opened::Answered(response) => of_texts(&[next(&as_json(&response)), complete()]),
        Opened::Refused(errors) => of_texts(&[of_errors(&errors), complete()]),
        Opened::Unauthenticated(error) => of_texts(&[of_errors(&[error]), complete()]),
        Opened::Subscribed(subscription) => {
            let (sender, receiver) = lines();
            let outlet = Outlet::new(sender, 0, patience);
            let work = async move {
                tokio::select! {
                    // A client that went away is noticed without an event that could not be sent.
                    () = outlet.closed() => {}
                    () = subscription.stream(&outlet) => {}
                }
            };
            tokio::spawn(work.in_current_span());
            head(Body::from_stream(stream::unfold(receiver, step)))
        }
    }
}

/// The next text of a stream.
async fn step(mut messages: mpsc::Receiver<Line>) -> Option<(Result<Bytes, Infallible>, mpsc::Receiver<Line>)> {
    let (_, said) = messages.recv().await?;
    let text = match said {
        Said::Next(json) => next(&json),
        Said::Error(errors) => of_errors(&errors) + &complete(),
        Said::Unauthenticated(error) => of_errors(&[error]) + &complete(),
        Said::Complete => complete(),
        Said::KeepAlive => ":\n\n".to_owned(),
    };
    Some((Ok(Bytes::from(text)), messages))
}

fn of_errors(errors: &[ServerError]) -> String {
    next(&json!({ "errors": errors }).to_string())
}

/// JSON of ours stands on one line.
fn next(json: &str) -> String {
    format!("event: next\ndata: {json}\n\n")
}

fn complete() -> String {
    "event: complete\ndata: \n\n".to_owned()
}

fn of_texts(texts: &[String]) -> Response<Body> {
    head(Body::from(texts.concat()))
}

fn head(body: Body) -> Response<Body> {
    let mut reply = Response::new(body);
    *reply.status_mut() = StatusCode::OK;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(NO_BUFFERING, HeaderValue::from_static("no"));
    reply
}
