//! The run of a prepared request: on a task of its own, within the time that a query may take.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError};
use futures_util::StreamExt as _;
use tracing::Instrument as _;

use super::ExecutionResult;
use super::prepare::PreparedRequest;
use crate::graphql::Api;
use crate::graphql::error::{ErrorCode, internal, request_error};

/// Runs a prepared request to its end, or as long as a query may take; mutations are never cut off.
pub async fn run(api: &Api, prepared: PreparedRequest, request_id: &str) -> ExecutionResult {
    let PreparedRequest { request, schema, kind, operation, charge, is_cacheable, calls } = prepared;
    let executing = async move {
        match kind {
            // One step has at most one event.
            OperationType::Subscription => schema.execute_stream(request).next().await.unwrap_or_default(),
            _ => schema.execute(request).await,
        }
    };
    // On a task of its own, so that a panic ends this request and nothing else.
    let task = tokio::spawn(executing.in_current_span());
    let limit = api.settings().query_timeout;
    let outcome = if kind == OperationType::Mutation {
        // A mutation ends what it began, whether or not somebody waits for the reply.
        Ok(task.await)
    } else {
        let _stops_when_nobody_waits = AbortOnDrop(task.abort_handle());
        tokio::time::timeout(limit, task).await
    };
    let response = match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(stopped)) => {
            // What a panic says may hold data: the hook for panics has logged where it was.
            tracing::error!(request_id, panicked = stopped.is_panic(), "a request stopped before its end");
            Response::from_errors(vec![internal(ServerError::new("", None), request_id)])
        }
        Err(_) => Response::from_errors(vec![timed_out(limit)]),
    };
    calls.record_failures(&api.job_context().database, &response, request_id).await;
    ExecutionResult { response, operation, charge: Some(charge), data: None, is_cacheable, retry_after_seconds: None }
}

fn timed_out(limit: Duration) -> ServerError {
    let message = format!("the query took longer than {} seconds", limit.as_secs());
    let mut error = request_error(ErrorCode::Timeout, message);
    if let Some(values) = &mut error.extensions {
        values.set("limit", "query_timeout_seconds");
        values.set("maximum", limit.as_secs());
    }
    error
}

/// Stops a task when it is dropped.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
