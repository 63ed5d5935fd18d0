//! The GraphQL documents of the pages, executed as the visitor: through the same measures, budgets and rules as over HTTP.

use async_graphql::{Request, Value, Variables};
use serde::de::DeserializeOwned;

use super::problem::PageProblem;
use super::visit::PageVisit;
use crate::graphql::error::{ErrorCode, name_of};
use crate::graphql::{ExecutionRequest, ExecutionResult, execute};

/// A document with its variables, as a reader may send it again.
#[derive(Clone, Debug)]
pub struct PageQuery {
    /// The document.
    pub document: &'static str,
    /// The variables, as JSON.
    pub variables: String,
}

/// The data that a document gives a page.
#[derive(Debug)]
pub struct PageData<T> {
    /// The data.
    pub data: T,
    /// True when a field stayed null because the role may not read it.
    pub has_forbidden: bool,
    /// The document and its variables.
    pub asked: PageQuery,
}

impl PageVisit {
    /// Executes a document. An error that leaves nothing to show is a page of its own; where a field may be null, the
    /// rest is shown.
    pub async fn query<T: DeserializeOwned>(
        &self,
        document: &'static str,
        variables: serde_json::Value,
    ) -> Result<PageData<T>, PageProblem> {
        let page_document = PageQuery { document, variables: format!("{variables:#}") };
        let request = Request::new(document).variables(Variables::from_json(variables));
        let api = &self.state.api;
        let (viewer, request_id) = (self.viewer.clone(), self.log.request_id.as_str());
        let result =
            execute(api, ExecutionRequest { use_cache: true, ..ExecutionRequest::new(viewer, request, request_id) })
                .await;
        self.log.record(api.metrics(), &result);
        let ExecutionResult { response, data, .. } = result;
        // What a role may not ask for at all is no page with a gap.
        let is_denied =
            response.errors.iter().any(|error| error.path.len() == 1 && name_of(error) == ErrorCode::Forbidden.name());
        let has_forbidden = response.errors.iter().any(|error| name_of(error) == ErrorCode::Forbidden.name());
        let first =
            response.errors.first().map(|error| PageProblem::of_code(name_of(error), &error.message, request_id));
        let read = match data {
            Some(json) => serde_json::from_str(&json),
            None if is_denied || response.data == Value::Null => {
                return Err(first.unwrap_or_else(|| PageProblem::internal(request_id)));
            }
            None => response.data.into_json().and_then(serde_json::from_value),
        };
        match read {
            Ok(data) => Ok(PageData { data, has_forbidden, asked: page_document }),
            Err(error) => {
                tracing::warn!(%error, "an answer leaves out what its page needs");
                Err(first.unwrap_or_else(|| PageProblem::internal(request_id)))
            }
        }
    }
}
