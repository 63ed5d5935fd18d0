//! The execution of one GraphQL request: the same function for HTTP, the pages, streams and the command line.
//!
//! A request is looked up in the cache ([`super::cache`]), checked and charged ([`prepare`]), and run ([`run`]). Errors
//! are part of the response, each with a code.

mod prepare;
mod result;
mod run;

use async_graphql::{Request, Response};

use prepare::prepare;
use run::run;

pub use result::{ExecutionResult, is_request_error};

use crate::auth::Viewer;
use crate::graphql::Api;
use crate::graphql::cache::CacheLookup;
use crate::graphql::error::{ErrorCode, for_client, request_error};
use crate::graphql::subscription::SubscriptionStep;

/// A GraphQL request with its viewer.
#[derive(Debug)]
pub struct ExecutionRequest<'a> {
    /// The viewer whose role and budget apply.
    pub viewer: Viewer,
    /// The document, its variables and the name of the operation to execute.
    pub request: Request,
    /// The id by which an operator finds the request in the log.
    pub request_id: &'a str,
    /// Whether the result may come from the cache and be stored there.
    pub use_cache: bool,
    /// Whether a subscription is opened or makes an event; `None` over a transport with a single reply, which rejects
    /// subscriptions.
    pub step: Option<SubscriptionStep>,
}

impl<'a> ExecutionRequest<'a> {
    /// A request for a single reply that does not use the cache.
    pub fn new(viewer: Viewer, request: Request, request_id: &'a str) -> Self {
        Self { viewer, request, request_id, use_cache: false, step: None }
    }
}

/// The most errors in the response to a request that was rejected: more would not help its author.
const ERRORS_LIMIT: usize = 50;

/// Executes a request. Never fails: errors are in the response. A subscription is executed once to open it and once per
/// event; an execution without an event has neither data nor errors.
pub async fn execute(api: &Api, execution: ExecutionRequest<'_>) -> ExecutionResult {
    let request_id = execution.request_id;
    let slot = match api.cache().look_up(api, &execution).await {
        CacheLookup::Hit(result) => return *result,
        CacheLookup::Miss(slot) => Some(slot),
        CacheLookup::Bypass => None,
    };
    let mut result = match prepare(api, execution) {
        Ok(prepared) => run(api, prepared, request_id).await,
        Err(refused) => *refused,
    };
    make_fit_for_client(&mut result.response, request_id);
    if let Some(slot) = slot {
        slot.fill(&mut result);
    }
    result
}

/// Gives every error a code, hides internal details, and shortens a very long list of errors.
fn make_fit_for_client(response: &mut Response, request_id: &str) {
    if is_request_error(response) && response.errors.len() > ERRORS_LIMIT {
        let more = response.errors.len() - ERRORS_LIMIT;
        response.errors.truncate(ERRORS_LIMIT);
        response.errors.push(request_error(ErrorCode::BadUserInput, format!("and {more} more errors")));
    }
    let errors = std::mem::take(&mut response.errors);
    response.errors = errors.into_iter().map(|error| for_client(error, request_id)).collect();
}
