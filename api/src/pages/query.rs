//! Executes the GraphQL documents of the pages as the visitor, with the same limits, budgets and permissions as over
//! HTTP.

use async_graphql::{Request, Value, Variables};
use serde::de::DeserializeOwned;
use serde_json::json;

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

/// A list of a document that is read to its end, page by page.
#[derive(Clone, Copy, Debug)]
pub struct WholeList {
    /// Where the connection is in the result, as a JSON pointer. It selects `nodes` and `pageInfo { hasNextPage endCursor }`.
    pub pointer: &'static str,
    /// The document of the next page: the same connection with the variable `$after`.
    pub more: &'static str,
}

/// The most pages of a list that one request reads; more would take minutes.
const PAGES_LIMIT: usize = 100;

impl PageVisit {
    /// Executes a document and reads the given lists to their ends. Fails like [`PageVisit::query`], and where a list is
    /// longer than one request can read.
    pub async fn query_whole<T: DeserializeOwned>(
        &self,
        document: &'static str,
        variables: serde_json::Value,
        lists: &[WholeList],
    ) -> Result<PageData<T>, PageProblem> {
        let PageData { mut data, query } = self.query::<serde_json::Value>(document, variables.clone()).await?;
        for list in lists {
            let mut pages = 1;
            while let Some(after) = next_page(&data, list.pointer) {
                pages += 1;
                if pages > PAGES_LIMIT {
                    return Err(PageProblem::bad_request(
                        "There is too much to show at once: choose a part by the filter.",
                    ));
                }
                let mut variables = variables.clone();
                variables["after"] = after;
                let mut more = self.query::<serde_json::Value>(list.more, variables).await?.data;
                append_page(&mut data, list.pointer, &mut more);
            }
        }
        match serde_json::from_value(data) {
            Ok(data) => Ok(PageData { data, query }),
            Err(error) => {
                tracing::warn!(%error, "the result of a document lacks data that its page needs");
                Err(PageProblem::internal(&self.log.request_id))
            }
        }
    }

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

/// The cursor after which a connection goes on; `None` at its end.
fn next_page(data: &serde_json::Value, pointer: &str) -> Option<serde_json::Value> {
    let info = data.pointer(pointer)?.get("pageInfo")?;
    (info["hasNextPage"] == json!(true)).then(|| info["endCursor"].clone())
}

/// Adds the nodes of a later page to a connection. A page without any ends it, so that nothing is read for ever.
fn append_page(data: &mut serde_json::Value, pointer: &str, more: &mut serde_json::Value) {
    let page = more.pointer_mut(pointer).map(serde_json::Value::take).unwrap_or_default();
    let Some(connection) = data.pointer_mut(pointer) else { return };
    let nodes = page["nodes"].as_array().cloned().unwrap_or_default();
    connection["pageInfo"] = if nodes.is_empty() { serde_json::Value::Null } else { page["pageInfo"].clone() };
    if let Some(all) = connection["nodes"].as_array_mut() {
        all.extend(nodes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_appended_until_the_last_one() {
        let page = |nodes: serde_json::Value, more: bool| json!({"list": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": "c"}}});
        let mut data = page(json!([1, 2]), true);
        assert_eq!(next_page(&data, "/list"), Some(json!("c")));
        append_page(&mut data, "/list", &mut page(json!([3]), true));
        assert_eq!((&data["list"]["nodes"], next_page(&data, "/list")), (&json!([1, 2, 3]), Some(json!("c"))));
        append_page(&mut data, "/list", &mut page(json!([]), true));
        assert_eq!((&data["list"]["nodes"], next_page(&data, "/list")), (&json!([1, 2, 3]), None));
        assert_eq!(next_page(&json!({"list": null}), "/list"), None);
    }
}
