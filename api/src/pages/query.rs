//! Executes the GraphQL documents of the pages as the visitor, with the same limits, budgets and permissions as over
//! HTTP.

use async_graphql::{Request, Value, Variables};
use serde::de::DeserializeOwned;

use super::problem::PageProblem;
use super::visit::PageVisit;
use crate::graphql::error::{ErrorCode, name_of};
use crate::graphql::{ExecutionRequest, ExecutionResult, execute};

/// A document with its variables, which the footer shows so that a reader can execute it too.
#[derive(Clone, Debug)]
pub struct PageQuery {
    pub document: &'static str,
    /// The variables as indented JSON; `{}` without any.
    pub variables: String,
}

/// The result of a document that a page executed.
#[derive(Debug)]
pub struct PageData<T> {
    pub data: T,
    pub query: PageQuery,
}

impl PageVisit {
    /// Executes a document. Fails with an error page when there is no data to show or a value could not be read; where
    /// the role may not read a nullable field, the rest is returned.
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
        // A role that may not read a root field gets an error page, not a page with a gap.
        let is_denied =
            response.errors.iter().any(|error| error.path.len() == 1 && name_of(error) == ErrorCode::Forbidden.name());
        // A value that could not be read would look like one that does not exist: no page is better than a wrong one.
        let has_failed = response
            .errors
            .iter()
            .any(|error| [ErrorCode::Internal.name(), ErrorCode::Unavailable.name()].contains(&name_of(error)));
        let first =
            response.errors.first().map(|error| PageProblem::of_code(name_of(error), &error.message, request_id));
        let read = match data {
            Some(json) => serde_json::from_str(&json),
            None if is_denied || has_failed || response.data == Value::Null => {
                return Err(first.unwrap_or_else(|| PageProblem::internal(request_id)));
            }
            None => response.data.into_json().and_then(serde_json::from_value),
        };
        match read {
            Ok(data) => Ok(PageData { data, query: page_document }),
            Err(error) => {
                tracing::warn!(%error, "the result of a document lacks data that its page needs");
                Err(first.unwrap_or_else(|| PageProblem::internal(request_id)))
            }
        }
    }
}
