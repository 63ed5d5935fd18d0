//! The execution of one request, from its text to an answer that a client may see.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError, Value};
use futures_util::StreamExt as _;
use tracing::Instrument as _;

use crate::auth::Viewer;
use crate::graphql::access::guard::check_subscribed;
use crate::graphql::cost::Charge;
use crate::graphql::error::{ApiError, Code, for_client, internal, request_error};
use crate::graphql::limit;
use crate::graphql::operation::Told;
use crate::graphql::scope::Scope;
use crate::graphql::subscription::Turn;
use crate::graphql::{Api, ApiSchema, operation, random};

/// A request that was executed, or refused before.
#[derive(Debug)]
pub struct Executed {
    /// The answer.
    pub response: Response,
    /// The operation; `None` when the document has not the one that was asked for.
    pub operation: Option<Told>,
    /// What it was charged; `None` when it was refused before.
    pub charge: Option<Charge>,
    /// The answer's `data` in JSON, where it was given before; the response has none then.
    pub data: Option<Arc<str>>,
    /// Whether the answer is true for as long as nothing is written, for the viewer's role and on this day.
    pub lasts: bool,
    /// After how many seconds the same request may succeed, when the viewer's budget was used up.
    pub retry_after_seconds: Option<u64>,
}

impl Executed {
    fn refused(errors: Vec<ServerError>) -> Self {
        let response = Response::from_errors(errors);
        Self { response, operation: None, charge: None, data: None, lasts: false, retry_after_seconds: None }
    }

    /// An answer that is known already.
    pub fn known(data: Arc<str>, operation: Option<Told>, charge: Charge) -> Self {
        let refused = Self::refused(Vec::new());
        Self { operation, charge: Some(charge), data: Some(data), lasts: true, ..refused }
    }
}

/// The most errors of a request that was refused: what is wrong with it is told long before.
const ERRORS_LIMIT: usize = 50;

/// Executes a request as a viewer. Never fails: what goes wrong is in the response's errors, each with a code.
pub async fn execute(api: &Api, viewer: Viewer, request: Request) -> Response {
    let request_id = random::request_id();
    let span = tracing::error_span!("request", request_id);
    execute_under(api, viewer, request, &request_id).instrument(span).await.response
}

/// The same for a request that has an id, by which an operator finds it in the log. Refuses subscriptions: an answer is
/// no stream.
pub async fn execute_under(api: &Api, viewer: Viewer, request: Request, request_id: &str) -> Executed {
    execute_turn(api, viewer, request, None, request_id).await
}

/// The same over a transport that streams: a subscription is executed for its turn, anything else as usual. A turn in
/// which there is nothing to tell has neither data nor errors.
pub async fn execute_turn(
    api: &Api,
    viewer: Viewer,
    mut request: Request,
    turn: Option<Turn>,
    request_id: &str,
) -> Executed {
    let mut executed = match check(api, &mut request) {
        Err(error) => Executed::refused(vec![error]),
        Ok(checked) => charged(api, viewer, request, checked, turn, request_id).await,
    };
    let response = &mut executed.response;
    if is_request_error(response) && response.errors.len() > ERRORS_LIMIT {
        let more = response.errors.len() - ERRORS_LIMIT;
        response.errors.truncate(ERRORS_LIMIT);
        response.errors.push(request_error(Code::BadUserInput, format!("and {more} more errors")));
    }
    let errors = std::mem::take(&mut response.errors);
    response.errors = errors.into_iter().map(|error| for_client(error, request_id)).collect();
    executed
}

/// Takes the cost of an operation from its viewer's budget, then executes it.
async fn charged(
    api: &Api,
    viewer: Viewer,
    mut request: Request,
    checked: Checked,
    turn: Option<Turn>,
    request_id: &str,
) -> Executed {
    let Checked { kind, operation, cost, lasts } = checked;
    if kind == OperationType::Subscription
        && let Err(error) = check_subscription(&mut request, &viewer, turn.as_ref())
    {
        return Executed { operation, ..Executed::refused(vec![error]) };
    }
    let charge = match api.budgets().charge(&viewer.name, cost, api.workplace().clock.now()) {
        Ok(left) => Charge { cost, left },
        Err(used_up) => {
            let error = used_up.error(api.settings().limits.cost_per_second);
            let retry_after_seconds = Some(used_up.retry_after_seconds);
            return Executed { operation, retry_after_seconds, ..Executed::refused(vec![error]) };
        }
    };
    let schema = match request.parsed_query() {
        Ok(document) => api.schema_for(document, &viewer).clone(),
        // What cannot be parsed was refused before.
        Err(error) => return Executed::refused(vec![error]),
    };
    let scope = Scope::new(api.clone(), viewer);
    let calls = Arc::clone(&scope.calls);
    let request = request.data(scope).data(charge);
    let request = match turn {
        Some(turn) => request.data(turn),
        None => request,
    };
    let response = run(api, schema, request, kind, request_id).await;
    calls.settle(&api.workplace().database, &response, request_id).await;
    Executed { response, operation, charge: Some(charge), data: None, lasts, retry_after_seconds: None }
}

/// True when nothing was executed: the answer has no `data`.
pub fn is_request_error(response: &Response) -> bool {
    let is_of_execution = |error: &ServerError| {
        !error.path.is_empty() || [Code::Internal, Code::Timeout].iter().any(|code| has_code(error, *code))
    };
    response.data == Value::Null && !response.errors.is_empty() && !response.errors.iter().any(is_of_execution)
}

fn has_code(error: &ServerError, code: Code) -> bool {
    let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    found == Some(&Value::from(code.name()))
}

/// What is known of a request before it is executed.
struct Checked {
    kind: OperationType,
    operation: Option<Told>,
    cost: u64,
    lasts: bool,
}

/// Checks the document before anything else walks it.
fn check(api: &Api, request: &mut Request) -> Result<Checked, ServerError> {
    let limits = &api.settings().limits;
    limit::check_text(&request.query, limits)?;
    let (name, variables) = (request.operation_name.clone(), std::mem::take(&mut request.variables));
    let document = request.parsed_query()?;
    let selected = operation::selected(document, name.as_deref());
    let size = limit::measure(document, selected, &variables, api.prices(), limits)?;
    selected.map_or(Ok(()), |selected| operation::check_variables(selected, &variables)).map_err(as_server_error)?;
    let kind = selected.map_or(OperationType::Query, |selected| selected.ty);
    let operation = operation::told(document, name.as_deref());
    request.variables = variables;
    let lasts = kind == OperationType::Query && size.passing == 0;
    Ok(Checked { kind, operation, cost: size.cost, lasts })
}

/// Refuses a subscription that cannot begin: it asks for something else than one field, for one that is not the viewer's,
/// or over a transport that gives one answer.
fn check_subscription(request: &mut Request, viewer: &Viewer, turn: Option<&Turn>) -> Result<(), ServerError> {
    let name = request.operation_name.clone();
    let document = request.parsed_query()?;
    let Some(operation) = operation::selected(document, name.as_deref()) else { return Ok(()) };
    let field = operation::subscribed(operation).map_err(as_server_error)?;
    check_subscribed(field, viewer)?;
    if turn.is_some() {
        return Ok(());
    }
    let message = "expected a query or a mutation: subscriptions are for websockets at /graphql/ws, or for requests that \
                   accept text/event-stream";
    Err(request_error(Code::BadUserInput, message))
}

fn as_server_error(error: ApiError) -> ServerError {
    let error: async_graphql::Error = error.into();
    ServerError { source: error.source, ..ServerError::new(error.message, None) }
}

async fn run(api: &Api, schema: ApiSchema, request: Request, kind: OperationType, request_id: &str) -> Response {
    let executing = async move {
        match kind {
            // One turn has at most one event.
            OperationType::Subscription => schema.execute_stream(request).next().await.unwrap_or_default(),
            _ => schema.execute(request).await,
        }
    };
    // On a task of its own, so that a panic ends this request and nothing else.
    let work = tokio::spawn(executing.in_current_span());
    let outcome = if kind == OperationType::Mutation {
        // A mutation ends what it began, whether or not somebody waits for the answer.
        work.await
    } else {
        let _stops_when_nobody_waits = AbortOnDrop(work.abort_handle());
        let limit = api.settings().query_timeout;
        let Ok(outcome) = tokio::time::timeout(limit, work).await else {
            let message = format!("the query took longer than {} seconds", limit.as_secs());
            let mut error = request_error(Code::Timeout, message);
            if let Some(values) = &mut error.extensions {
                values.set("limit", "query_timeout_seconds");
                values.set("maximum", limit.as_secs());
            }
            return Response::from_errors(vec![error]);
        };
        outcome
    };
    outcome.unwrap_or_else(|error| {
        // What a panic says may hold data: the hook for panics has told where it was.
        tracing::error!(request_id, panicked = error.is_panic(), "a request stopped before its end");
        Response::from_errors(vec![internal(ServerError::new("", None), request_id)])
    })
}

/// Stops a task when it is dropped.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
