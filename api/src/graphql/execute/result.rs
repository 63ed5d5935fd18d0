//! The result of a request, before a transport encodes it.

use std::sync::Arc;

use async_graphql::{Response, ServerError, Value};

use crate::graphql::cost::RequestCharge;
use crate::graphql::error::{ErrorCode, name_of};
use crate::graphql::limit::RequestLimits;
use crate::graphql::operation::OperationInfo;
use crate::metrics::Metrics;

/// The result of a request that was executed, or rejected before execution.
#[derive(Debug)]
pub struct ExecutionResult {
    /// The response; without its `data` where [`ExecutionResult::data`] comes from the cache.
    pub response: Response,
    /// Name and kind for logs and metrics; `None` when the document lacks the operation that the request names.
    pub operation: Option<OperationInfo>,
    /// The cost that was charged; `None` when the request was rejected before that.
    pub charge: Option<RequestCharge>,
    /// The `data` of the response as JSON text; `None` unless the cache holds it.
    pub data: Option<Arc<str>>,
    /// Whether the result may be cached for the viewer's role and this day.
    pub is_cacheable: bool,
    /// After how many seconds the same request may succeed; `None` unless the viewer's budget was used up.
    pub retry_after_seconds: Option<u64>,
}

impl ExecutionResult {
    /// The result of a request that was not executed.
    pub fn refused(error: ServerError) -> Self {
        let response = Response::from_errors(vec![error]);
        Self { response, operation: None, charge: None, data: None, is_cacheable: false, retry_after_seconds: None }
    }

    /// A result from the cache, already charged.
    pub fn cached(data: Arc<str>, operation: Option<OperationInfo>, charge: RequestCharge) -> Self {
        Self {
            response: Response::default(),
            operation,
            charge: Some(charge),
            data: Some(data),
            is_cacheable: true,
            retry_after_seconds: None,
        }
    }

    /// Counts the operation and its errors.
    pub fn count_in(&self, metrics: &Metrics) {
        self.response.errors.iter().for_each(|error| metrics.error(name_of(error)));
        if let Some(operation) = &self.operation {
            metrics.operation(operation.kind, &operation.name);
        }
    }

    /// Puts the cost into the `extensions` of the response, where the request was charged.
    pub fn add_cost(&mut self, limits: &RequestLimits) {
        if let Some(charge) = self.charge {
            self.response.extensions.insert("cost".to_owned(), charge.extension(limits));
        }
    }
}

/// True when nothing was executed: the response has errors and no `data`.
pub fn is_request_error(response: &Response) -> bool {
    let is_of_execution = |error: &ServerError| {
        !error.path.is_empty() || [ErrorCode::Internal, ErrorCode::Timeout].iter().any(|code| has_code(error, *code))
    };
    response.data == Value::Null && !response.errors.is_empty() && !response.errors.iter().any(is_of_execution)
}

fn has_code(error: &ServerError, code: ErrorCode) -> bool {
    let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    found == Some(&Value::from(code.name()))
}
