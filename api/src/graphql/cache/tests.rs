//! Which results are cached, for which roles, and until when.

use std::sync::{Arc, Mutex};

use async_graphql::Request;
use entity::token::Role;
use entity::token::Role::{Admin, Leader};
use serde_json::{Value, json};

use super::super::access::tests::{api_recording_statements, execute_as};
use super::*;
use crate::graphql::execute;

async fn company() -> (Api, tempfile::TempDir, Arc<Mutex<Vec<String>>>) {
    let statements = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&statements);
    let (api, directory) =
        api_recording_statements(move |statement| log.lock().expect("no panic").push(statement.to_owned())).await;
    record(&api, "ada@example.com").await;
    (api, directory, statements)
}

async fn record(api: &Api, customer: &str) {
    let response = format!(
        "{{externalId: \"of {customer}\", customerExternalId: \"{customer}\", score: 9, respondedAt: \"2024-06-03T10:00:00Z\"}}"
    );
    let write = format!("mutation {{ recordResponses(input: {{responses: [{response}]}}) {{ accepted }} }}");
    assert_eq!(execute_as(api, Admin, &write).await["data"]["recordResponses"]["accepted"], 1);
}

/// Executes a request with the cache, as the pages do.
async fn result(api: &Api, role: Role, request: impl Into<Request>) -> ExecutionResult {
    let viewer = Viewer { name: "ada".to_owned(), role };
    let execution = ExecutionRequest::new(viewer, request.into(), "a-test");
    execute(api, ExecutionRequest { use_cache: true, ..execution }).await
}

/// The `data` of a result, and whether it came from the cache.
async fn data(api: &Api, role: Role, document: &str) -> (Value, bool) {
    let result = result(api, role, document).await;
    assert!(result.response.errors.is_empty(), "{:?}", result.response.errors);
    let was_cached = result.response.data == async_graphql::Value::Null;
    let data = match result.data {
        Some(data) => serde_json::from_str(&data).expect("JSON"),
        None => result.response.data.into_json().expect("JSON"),
    };
    (data, was_cached)
}

const CUSTOMERS: &str = "query Q { customers { __typename totalCount nodes { externalId responses { totalCount } } } }";

#[tokio::test]
async fn an_equal_request_costs_one_statement_until_something_is_written() {
    let (api, _directory, statements) = company().await;
    let (first, was_cached) = data(&api, Admin, CUSTOMERS).await;
    assert!(!was_cached && first["customers"]["totalCount"] == 1, "{first}");
    statements.lock().expect("no panic").clear();
    assert_eq!(data(&api, Admin, CUSTOMERS).await, (first.clone(), true));
    assert_eq!(*statements.lock().expect("no panic"), ["SELECT value FROM revision"]);
    assert_eq!(execute_as(&api, Admin, CUSTOMERS).await["data"], first, "equal to the result without the cache");
    record(&api, "eve@example.com").await;
    let (second, was_cached) = data(&api, Admin, CUSTOMERS).await;
    assert!(!was_cached && second["customers"]["totalCount"] == 2, "{second}");
}

#[tokio::test]
async fn a_role_gets_no_cached_result_of_another_role() {
    let (api, _directory, _) = company().await;
    for (role, shown) in [(Admin, true), (Leader, false), (Admin, true), (Leader, false)] {
        let (found, _) = data(&api, role, CUSTOMERS).await;
        assert_eq!(found["customers"]["nodes"][0]["externalId"] == "ada@example.com", shown, "{found}");
    }
}

#[tokio::test]
async fn another_variable_or_operation_is_another_request() {
    let (api, _directory, _) = company().await;
    let two =
        "query One($n: Int) { customers(first: $n) { nodes { externalId } } } query Two { segments { totalCount } }";
    let result_of = async |name: &str, n: i32| {
        let variables = async_graphql::Variables::from_json(json!({"n": n}));
        let request = Request::new(two).operation_name(name).variables(variables);
        result(&api, Admin, request).await.data.map(|data| data.to_string())
    };
    let results = [result_of("One", 0).await, result_of("One", 1).await, result_of("Two", 1).await];
    assert!(results.iter().all(Option::is_some) && results[0] != results[1] && results[1] != results[2], "{results:?}");
    assert_eq!([result_of("One", 0).await, result_of("One", 1).await, result_of("Two", 1).await], results);
}

#[tokio::test]
async fn time_dependent_and_failed_results_are_never_cached() {
    let (api, _directory, _) = company().await;
    for document in [
        "{ runs { totalCount } segments { totalCount } }",
        "{ ...R segments { totalCount } } fragment R on Query { requestCost { left } }",
        "{ viewer { name } }",
        "{ schedules { name } }",
        "{ segment(key: \"none\") { current { computedBy { id } } } }",
        "{ segments { totalCount } nothing }",
        "{ npsSeries(where: {attribute: {name: \"nobody has it\", exists: true}}) { start } }",
        "mutation { recordResponses(input: {responses: []}) { accepted } }",
    ] {
        for _ in 0..2 {
            assert_eq!(result(&api, Admin, document).await.data, None, "{document}");
        }
    }
}

#[tokio::test]
async fn equal_concurrent_requests_execute_once() {
    let (api, _directory, statements) = company().await;
    statements.lock().expect("no panic").clear();
    let found = futures_util::future::join_all((0..20).map(|_| data(&api, Admin, CUSTOMERS))).await;
    assert!(found.iter().all(|(data, _)| *data == found[0].0));
    assert_eq!(found.iter().filter(|(_, was_cached)| !was_cached).count(), 1);
    let executed = statements.lock().expect("no panic");
    let others = executed.iter().filter(|statement| !statement.contains("FROM revision")).count();
    assert!(executed.len() - others == 20 && others < 8, "{executed:#?}");
}

#[test]
fn results_of_another_version_are_dropped() {
    let cache = ResultCache::new(1 << 20);
    let version = |revision, today| DataVersion { revision, today: Day(today) };
    let entry = || CacheEntry::Result(CachedResult { data: Arc::from("{}"), operation: None, cost: 1 });
    assert!(cache.get(version(1, 1), &[0; 32]).is_none());
    cache.put(version(1, 1), [0; 32], entry());
    assert!(cache.get(version(1, 1), &[0; 32]).is_some());
    for later in [version(1, 2), version(2, 2)] {
        assert!(cache.get(later, &[0; 32]).is_none());
        cache.put(version(1, 1), [0; 32], entry());
        assert!(cache.get(later, &[0; 32]).is_none(), "a result of an earlier version came too late");
    }
    cache.put(version(2, 2), [0; 32], entry());
    assert!(cache.get(version(2, 1), &[0; 32]).is_none(), "a request of an earlier day gets no result of a later one");
    assert!(cache.get(version(2, 2), &[0; 32]).is_some());
    let none = ResultCache::new(0);
    none.put(version(1, 1), [0; 32], entry());
    assert!(none.get(version(1, 1), &[0; 32]).is_none());
}
