//! The steps before execution: the document is checked, its cost is charged to the viewer's budget, and the scope of
//! the request is set up.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, ServerError};

use super::{ExecutionRequest, ExecutionResult};
use crate::auth::Viewer;
use crate::graphql::access::guard::check_subscribed;
use crate::graphql::audit::MutationCalls;
use crate::graphql::cost::RequestCharge;
use crate::graphql::error::{ApiError, ErrorCode, request_error};
use crate::graphql::operation::OperationInfo;
use crate::graphql::scope::RequestScope;
use crate::graphql::{Api, ApiSchema, limit, operation};

/// A request that was checked and charged.
pub struct PreparedRequest {
    /// The request with its scope, charge and subscription step as context data for resolvers.
    pub request: Request,
    /// The schema to execute it with: the guarded one if it selects a field that is forbidden to the viewer.
    pub schema: ApiSchema,
    /// The kind of operation; a query when the document lacks the operation that the request names.
    pub kind: OperationType,
    /// Name and kind for logs and metrics; `None` when the document lacks the operation that the request names.
    pub operation: Option<OperationInfo>,
    /// The cost that was charged, and the budget that is left.
    pub charge: RequestCharge,
    /// Whether the result may be cached.
    pub is_cacheable: bool,
    /// The mutations that the request calls; filled during execution.
    pub calls: Arc<MutationCalls>,
}

/// Checks a request and charges its cost. A rejected request is not charged.
pub fn prepare(api: &Api, execution: ExecutionRequest<'_>) -> Result<PreparedRequest, Box<ExecutionResult>> {
    let ExecutionRequest { viewer, mut request, step, .. } = execution;
    let checked = check(api, &mut request).map_err(ExecutionResult::refused)?;
    let CheckedDocument { kind, operation, cost, is_cacheable } = checked;
    if kind == OperationType::Subscription
        && let Err(error) = check_subscription(&mut request, &viewer, step.is_some())
    {
        return Err(Box::new(ExecutionResult { operation, ..ExecutionResult::refused(error) }));
    }
    let charge = match api.budgets().charge(&viewer.name, cost, api.job_context().clock.now()) {
        Ok(left) => RequestCharge { cost, left },
        Err(used_up) => {
            let error = used_up.error(api.settings().limits.cost_per_second);
            let retry_after_seconds = Some(used_up.retry_after_seconds);
            let refused = ExecutionResult { operation, retry_after_seconds, ..ExecutionResult::refused(error) };
            return Err(Box::new(refused));
        }
    };
    let document = request.parsed_query().map_err(ExecutionResult::refused)?;
    let schema = api.schema_for(document, &viewer).clone();
    let scope = RequestScope::new(api.clone(), viewer);
    let calls = Arc::clone(&scope.calls);
    let request = request.data(scope).data(charge);
    let request = match step {
        Some(step) => request.data(step),
        None => request,
    };
    Ok(PreparedRequest { request, schema, kind, operation, charge, is_cacheable, calls })
}

/// What the check of a document returns.
struct CheckedDocument {
    kind: OperationType,
    operation: Option<OperationInfo>,
    cost: u64,
    is_cacheable: bool,
}

/// Checks the text, size and variables of a document before anything else walks it.
fn check(api: &Api, request: &mut Request) -> Result<CheckedDocument, ServerError> {
    let limits = &api.settings().limits;
    limit::check_text(&request.query, limits)?;
    let (name, variables) = (request.operation_name.clone(), std::mem::take(&mut request.variables));
    let document = request.parsed_query()?;
    let selected = operation::selected(document, name.as_deref());
    let job_context = api.job_context();
    let today = job_context.calendar.get().day_of(job_context.clock.now()).to_date();
    let size = limit::measure(document, selected, &variables, api.prices(), limits, today)?;
    selected.map_or(Ok(()), |selected| operation::check_variables(selected, &variables)).map_err(as_server_error)?;
    let kind = selected.map_or(OperationType::Query, |selected| selected.ty);
    let operation = OperationInfo::of(document, name.as_deref());
    request.variables = variables;
    let is_cacheable = kind == OperationType::Query && size.uncacheable == 0;
    Ok(CheckedDocument { kind, operation, cost: size.cost, is_cacheable })
}

/// Rejects a subscription that does not select exactly one field, selects one that is forbidden to the viewer, or came
/// over a transport with a single reply.
fn check_subscription(request: &mut Request, viewer: &Viewer, is_streamed: bool) -> Result<(), ServerError> {
    let name = request.operation_name.clone();
    let document = request.parsed_query()?;
    let Some(operation) = operation::selected(document, name.as_deref()) else { return Ok(()) };
    let field = operation::subscription_field(operation).map_err(as_server_error)?;
    check_subscribed(field, viewer)?;
    if is_streamed {
        return Ok(());
    }
    let message = "expected a query or a mutation: subscriptions need a websocket at /graphql/ws or a request that \
                   accepts text/event-stream";
    Err(request_error(ErrorCode::BadUserInput, message))
}

fn as_server_error(error: ApiError) -> ServerError {
    let error: async_graphql::Error = error.into();
    ServerError { source: error.source, ..ServerError::new(error.message, None) }
}
