//! The time within which the body of a request must arrive.

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use tokio::time::{Instant, timeout_at};

/// The body of a request took longer than `body_timeout_seconds`.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request did not arrive in time")]
struct BodyTimeout;

/// The request with a body that must arrive within a time: a later one is an error, whoever reads it.
pub fn within(request: Request, limit: Duration) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    let deadline = Instant::now() + limit;
    request.map(|body| {
        let frames = unfold(Some(body.into_data_stream()), move |frames| async move {
            let mut frames = frames?;
            match timeout_at(deadline, frames.next()).await {
                Ok(frame) => Some((frame?, Some(frames))),
                Err(_) => Some((Err(axum::Error::new(BodyTimeout)), None)),
            }
        });
        Body::from_stream(frames)
    })
}

/// True when a body could not be read because it did not arrive in time.
pub fn is_late(error: &axum::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<BodyTimeout>() {
            return true;
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_body_that_stalls_is_late_and_one_that_arrives_is_whole() {
        let endless = futures_util::stream::iter([Ok::<_, axum::Error>("ab")]).chain(futures_util::stream::pending());
        let stalled = within(Request::new(Body::from_stream(endless)), Duration::from_millis(20));
        assert!(is_late(&to_bytes(stalled.into_body(), 100).await.expect_err("late")));
        let whole = within(Request::new(Body::from("{}")), Duration::from_secs(5));
        assert_eq!(to_bytes(whole.into_body(), 100).await.expect("a body"), "{}");
        let long = within(Request::new(Body::from("123456")), Duration::from_secs(5));
        assert!(!is_late(&to_bytes(long.into_body(), 5).await.expect_err("too long")));
    }
}
