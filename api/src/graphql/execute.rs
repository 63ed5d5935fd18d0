//! The execution of one request, from its text to an answer that a client may see.

use async_graphql::{Request, Response, ServerError, Value};
use tracing::Instrument as _;

use super::error::{ApiError, Code, for_client, internal, request_error};
use super::operation::Told;
use super::scope::Scope;
use super::{Api, ApiSchema, expansion, operation, random};
use crate::auth::Viewer;

/// A request that was executed, or refused before.
#[derive(Debug)]
pub struct Executed {
    /// The answer.
    pub response: Response,
    /// The operation; `None` when the document has not the one that was asked for.
    pub operation: Option<Told>,
}

/// Executes a request as a viewer. Never fails: what goes wrong is in the response's errors, each with a code.
pub async fn execute(api: &Api, viewer: Viewer, request: Request) -> Response {
    let request_id = random::request_id();
    let span = tracing::error_span!("request", request_id);
    execute_under(api, viewer, request, &request_id).instrument(span).await.response
}

/// The same for a request that has an id, by which an operator finds it in the log.
pub async fn execute_under(api: &Api, viewer: Viewer, mut request: Request, request_id: &str) -> Executed {
    let checked = is_query(&mut request);
    let name = request.operation_name.clone();
    // A document that was refused before it was parsed is not parsed for its name.
    let operation = match &checked {
        Ok(_) => request.parsed_query().ok().and_then(|document| operation::told(document, name.as_deref())),
        Err(_) => None,
    };
    let mut response = match checked {
        Err(error) => Response::from_errors(vec![error]),
        Ok(is_query) => {
            // What cannot be parsed was refused above.
            let schema = request.parsed_query().map(|document| api.schema_for(document, &viewer).clone());
            match schema {
                Ok(schema) => {
                    let request = request.data(Scope::new(api.clone(), viewer));
                    run(api, schema, request, is_query, request_id).await
                }
                Err(error) => Response::from_errors(vec![error]),
            }
        }
    };
    response.errors = response.errors.into_iter().map(|error| for_client(error, request_id)).collect();
    Executed { response, operation }
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

/// Checks the document before anything walks it; true when the operation only reads.
fn is_query(request: &mut Request) -> Result<bool, ServerError> {
    operation::check_nesting(&request.query).map_err(as_server_error)?;
    let (name, mut variables) = (request.operation_name.clone(), std::mem::take(&mut request.variables));
    let document = request.parsed_query()?;
    expansion::check(document).map_err(as_server_error)?;
    let selected = operation::selected(document, name.as_deref());
    let checked = selected.map_or(Ok(()), |operation| operation::check_variables(operation, &variables));
    let is_query = selected.is_none_or(operation::is_query);
    operation::fill_in_absent(document, &mut variables);
    request.variables = variables;
    checked.map_err(as_server_error)?;
    Ok(is_query)
}

fn as_server_error(error: ApiError) -> ServerError {
    let error: async_graphql::Error = error.into();
    ServerError { source: error.source, ..ServerError::new(error.message, None) }
}

async fn run(api: &Api, schema: ApiSchema, request: Request, is_query: bool, request_id: &str) -> Response {
    // On a task of its own, so that a panic ends this request and nothing else.
    let work = tokio::spawn(async move { schema.execute(request).await }.in_current_span());
    let outcome = if is_query {
        let _stops_when_nobody_waits = AbortOnDrop(work.abort_handle());
        let limit = api.settings().query_timeout;
        let Ok(outcome) = tokio::time::timeout(limit, work).await else {
            let message = format!("the query took longer than {} seconds", limit.as_secs());
            return Response::from_errors(vec![request_error(Code::Timeout, message)]);
        };
        outcome
    } else {
        // A mutation ends what it began, whether or not somebody waits for the answer.
        work.await
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
