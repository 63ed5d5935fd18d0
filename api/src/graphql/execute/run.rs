//! Execution of a prepared request, on a task of its own and within the time limit of queries.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError};
use futures_util::StreamExt as _;
use tracing::Instrument as _;

use super::ExecutionResult;
use super::prepare::PreparedRequest;
use crate::graphql::Api;
use crate::graphql::error::{ErrorCode, internal, request_error};

/// Executes a prepared request. A query is stopped at the time limit; a mutation always runs to its end.
pub async fn run(api: &Api, prepared: PreparedRequest, request_id: &str) -> ExecutionResult {
    let PreparedRequest { request, schema, kind, operation, charge, is_cacheable, calls } = prepared;
    let execution = async move {
        match kind {
            // One step has at most one event.
            OperationType::Subscription => schema.execute_stream(request).next().await.unwrap_or_default(),
            _ => schema.execute(request).await,
        }
    };
    // On a task of its own, so that a panic ends this request and nothing else.
    let task = tokio::spawn(execution.in_current_span());
    let limit = api.settings().query_timeout;
    let outcome = if kind == OperationType::Mutation {
        // A mutation runs to its end even if the client disconnects.
        Ok(task.await)
    } else {
        let _aborts_on_disconnect = AbortOnDrop(task.abort_handle());
        tokio::time::timeout(limit, task).await
    };
    let response = match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(failure)) => {
            // A panic message may hold data: the panic hook has already logged the location.
            tracing::error!(request_id, panicked = failure.is_panic(), "a request panicked or was cancelled");
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

/// Aborts a task when it is dropped, so that a query stops when its client disconnects.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
