//! Every root field with every role, and the fields below them that a role may not read.

use std::collections::BTreeSet;

use async_graphql::Request;
use chrono_tz::UTC;
use entity::token::Role::{self, Admin, Ingest, Leader, Viewer as Reader};
use entity::{Calendar, Database, Timestamp};
use jobs::clock::Clock;
use jobs::recompute::RunContext;
use serde_json::{Value, json};

use super::schema_types::SchemaTypes;
use super::*;
use crate::graphql::{Api, ApiSettings, ExecutionRequest, RecomputeMode, execute};

/// 2024-07-01T12:00:00Z, a Monday.
const NOW: Timestamp = Timestamp(1_719_835_200_000_000);

/// The roles that may read.
const READERS: &[Role] = &[Reader, Leader, Admin];

/// Each root field with a document that selects it and the roles that may. Written independently of the rules, so that
/// a mistake in either shows.
const CASES: &[(&str, &str, &[Role])] = &[
    ("node", "{ node(id: \"x\") { id } }", READERS),
    ("nodes", "{ nodes(ids: [\"x\"]) { id } }", READERS),
    ("viewer", "{ viewer { name role } }", &[Reader, Leader, Ingest, Admin]),
    ("requestCost", "{ requestCost { query left } }", &[Reader, Leader, Ingest, Admin]),
    ("customers", "{ customers { totalCount nodes { externalId } } }", READERS),
    ("customer", "{ customer(externalId: \"c1\") { externalId } }", READERS),
    ("responses", "{ responses { totalCount nodes { score } } }", &[Leader, Admin]),
    ("segments", "{ segments { nodes { key } } }", READERS),
    ("segment", "{ segment(key: \"eu\") { key } }", READERS),
    ("primaryDeclarations", "{ primaryDeclarations { reason } }", READERS),
    ("decisions", "{ decisions { nodes { title } } }", READERS),
    ("decision", "{ decision(externalId: \"d\") { title } }", READERS),
    (
        "detectability",
        "{ detectability(input: {takesEffectOn: \"2024-08-01\", expectedImpact: 3}) { power } }",
        READERS,
    ),
    ("forecasters", "{ forecasters { totalCount } }", READERS),
    ("needleLedger", "{ needleLedger { total { points } } }", READERS),
    ("runs", "{ runs { nodes { asOf } } }", READERS),
    ("schedules", "{ schedules { job } }", READERS),
    ("dimensions", "{ dimensions { name } }", READERS),
    ("auditEntries", "{ auditEntries { totalCount } }", &[Admin]),
    ("deliveries", "{ deliveries { totalCount } }", &[Admin]),
    ("hookDeliveries", "{ hookDeliveries { totalCount } }", &[Admin]),
    ("imports", "{ imports { totalCount } }", &[Admin]),
    ("undoImport", "mutation { undoImport(input: {id: \"none\"}) { responsesDeleted } }", &[Admin]),
    ("nps", "{ nps { score } }", READERS),
    ("npsSeries", "{ npsSeries { start } }", READERS),
    ("npsBreakdown", "{ npsBreakdown(by: []) { key { value } } }", READERS),
    ("upsertCustomers", "mutation { upsertCustomers(input: {customers: []}) { accepted } }", &[Ingest, Admin]),
    ("recordResponses", "mutation { recordResponses(input: {responses: []}) { accepted } }", &[Ingest, Admin]),
    (
        "eraseCustomer",
        "mutation { eraseCustomer(input: {externalId: \"c9\", reason: \"r\"}) { erasedExternalId } }",
        &[Admin],
    ),
    ("mergeCustomers", "mutation { mergeCustomers(input: {from: \"c8\", into: \"c7\"}) { responsesMoved } }", &[Admin]),
    ("unmergeCustomer", "mutation { unmergeCustomer(input: {from: \"c8\"}) { responsesMoved } }", &[Admin]),
    (
        "defineSegment",
        "mutation { defineSegment(input: {key: \"all\", name: \"All\", filter: {all: []}}) { segment { key } } }",
        &[Leader, Admin],
    ),
    (
        "declarePrimarySegment",
        "mutation { declarePrimarySegment(input: {segmentKey: \"all\", reason: \"r\"}) { segment { key } } }",
        &[Admin],
    ),
    (
        "logDecision",
        "mutation { logDecision(input: {title: \"T\", takesEffectOn: \"2024-08-01\", expectedImpact: 3}) { decision { title } } }",
        &[Leader, Admin],
    ),
    (
        "reviseDecision",
        "mutation { reviseDecision(input: {externalId: \"d\", title: \"U\"}) { decision { title } } }",
        &[Leader, Admin],
    ),
    (
        "cancelReversal",
        "mutation { cancelReversal(input: {externalId: \"d\"}) { decision { title } } }",
        &[Leader, Admin],
    ),
    (
        "reverseDecision",
        "mutation { reverseDecision(input: {externalId: \"d\", on: \"2024-08-01\", reason: \"r\"}) { decision { title } } }",
        &[Leader, Admin],
    ),
    ("recompute", "mutation { recompute(input: {key: \"k\"}) { run { state } } }", &[Leader, Admin]),
    ("cancelRun", "mutation { cancelRun(input: {id: \"x\"}) { run { state } } }", &[Leader, Admin]),
    ("runProgress", "subscription { runProgress { state } }", READERS),
    ("decisionReviewed", "subscription { decisionReviewed { verdict } }", READERS),
];

pub(in crate::graphql) async fn api() -> (Api, tempfile::TempDir) {
    api_recording_statements(|_| {}).await
}

/// An API with another clock.
pub(in crate::graphql) async fn api_with_clock(
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> (Api, tempfile::TempDir) {
    api_with(|_| {}, Clock::new(now)).await
}

/// An API on a database that reports every statement.
pub(in crate::graphql) async fn api_recording_statements(
    on_statement: impl Fn(&str) + Clone + Send + Sync + 'static,
) -> (Api, tempfile::TempDir) {
    api_with(on_statement, Clock::new(|| NOW)).await
}

async fn api_with(
    on_statement: impl Fn(&str) + Clone + Send + Sync + 'static,
    clock: Clock,
) -> (Api, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite://{}?mode=rwc", directory.path().join("needle.db").display());
    let database = Database::connect(&url).await.expect("a database");
    migration::up(database.writer()).await.expect("migrations");
    let database = database.with_statement_observer(on_statement);
    let job_context = RunContext { database, calendar: Calendar { zone: UTC }.into(), clock };
    (Api::new(job_context, ApiSettings { recompute: RecomputeMode::Foreground, ..ApiSettings::default() }), directory)
}

pub(in crate::graphql) async fn execute_as(api: &Api, role: Role, document: &str) -> Value {
    let viewer = Viewer { name: format!("{role:?}"), role };
    let execution = ExecutionRequest::new(viewer, Request::new(document), "a-test");
    serde_json::to_value(execute(api, execution).await.response).expect("JSON")
}

fn codes(reply: &Value) -> Vec<&str> {
    let errors = reply["errors"].as_array().into_iter().flatten();
    errors.filter_map(|error| error["extensions"]["code"].as_str()).collect()
}

#[tokio::test]
async fn every_root_field_is_refused_to_exactly_the_roles_without_its_permission() {
    let (api, _directory) = api().await;
    for (field, document, allowed) in CASES {
        for role in [Reader, Leader, Ingest, Admin] {
            let reply = execute_as(&api, role, document).await;
            let refused = codes(&reply).contains(&"FORBIDDEN");
            assert_eq!(refused, !allowed.contains(&role), "{field} as {role:?}: {reply}");
            assert!(!refused || reply["data"].is_null() || reply["data"] == json!({ *field: null }), "{reply}");
            assert!(!refused || reply["errors"][0]["path"] == json!([field]), "{reply}");
        }
    }
}

#[test]
fn every_root_field_has_a_case_with_a_refused_role_unless_it_is_for_all() {
    let roots: BTreeSet<&str> = SchemaTypes::of_schema()
        .fields()
        .filter(|(kind, _)| ["Query", "Mutation", "Subscription"].contains(kind))
        .map(|(_, field)| field)
        .collect();
    let cases: BTreeSet<&str> = CASES.iter().map(|(field, _, _)| *field).collect();
    assert_eq!(cases, roots, "write a case for each root field");
    for (field, document, allowed) in CASES {
        assert!(document.contains(field), "{field}");
        // Every role may read its own name and budget. A request without a token is rejected by the HTTP layer.
        assert!(allowed.len() < 4 || ["viewer", "requestCost"].contains(field), "no role is refused {field}");
    }
}

#[tokio::test]
async fn forbidden_fields_are_null_and_the_rest_is_returned() {
    let (api, _directory) = api().await;
    let write = "mutation { upsertCustomers(input: {customers: [{externalId: \"c1\", email: \"eva@example.org\", name: \"Eva\"}]})
        { accepted userErrors { message } }
        recordResponses(input: {responses: [{externalId: \"r1\", customerExternalId: \"c1\", score: 9, comment: \"words\",
        respondedAt: \"2024-06-20T10:00:00Z\"}]}) { accepted } }";
    assert_eq!(codes(&execute_as(&api, Ingest, write).await), Vec::<&str>::new());
    let read = "query { responses { nodes { score words: comment customer { ...Person } } } }
        fragment Person on Customer { ... on Node { id } ... { externalId mail: email } name }";
    for (role, words, mail, refused) in
        [(Leader, json!("words"), Value::Null, 2), (Admin, json!("words"), json!("eva@example.org"), 0)]
    {
        let reply = execute_as(&api, role, read).await;
        let node = &reply["data"]["responses"]["nodes"][0];
        assert_eq!((&node["score"], &node["words"], &node["customer"]["mail"]), (&json!(9), &words, &mail), "{reply}");
        assert_eq!(node["customer"]["externalId"], "c1");
        assert_eq!(codes(&reply), vec!["FORBIDDEN"; refused], "{reply}");
    }
    let reply = execute_as(&api, Leader, read).await;
    let mut paths: Vec<String> =
        reply["errors"].as_array().into_iter().flatten().map(|error| error["path"].to_string()).collect();
    paths.sort();
    assert_eq!(paths[0], json!(["responses", "nodes", 0, "customer", "mail"]).to_string(), "{reply}");
    assert!(reply["errors"][0]["locations"][0]["line"].is_u64() && !reply.to_string().contains("eva"), "{reply}");
}

#[tokio::test]
async fn viewers_read_no_single_response_on_any_path() {
    let (api, _directory) = api().await;
    let write =
        "mutation { recordResponses(input: {responses: [{externalId: \"r1\", customerExternalId: \"c1\", score: 9,
        respondedAt: \"2024-06-20T10:00:00Z\"}]}) { accepted } }";
    assert_eq!(codes(&execute_as(&api, Ingest, write).await), Vec::<&str>::new());
    let found = execute_as(&api, Leader, "{ responses { nodes { id } } }").await;
    let id = found["data"]["responses"]["nodes"][0]["id"].as_str().expect("an id").to_owned();
    for document in [
        "{ responses { totalCount } }".to_owned(),
        "{ customers { nodes { responses { nodes { score } } } } }".to_owned(),
        "{ customer(externalId: \"c1\") { responses { totalCount } } }".to_owned(),
        format!("{{ node(id: \"{id}\") {{ ... on Response {{ score }} }} }}"),
        format!("{{ nodes(ids: [\"{id}\"]) {{ ... on Response {{ respondedAt category }} }} }}"),
    ] {
        let reply = execute_as(&api, Reader, &document).await;
        assert!(codes(&reply).contains(&"FORBIDDEN"), "{document}: {reply}");
        assert!(!reply.to_string().contains("PROMOTER") && !reply.to_string().contains(":9"), "{document}: {reply}");
        assert_eq!(codes(&execute_as(&api, Leader, &document).await), Vec::<&str>::new(), "{document}");
    }
}

#[tokio::test]
async fn access_is_checked_on_every_path_to_a_field() {
    let (api, _directory) = api().await;
    let write = "mutation { upsertCustomers(input: {customers: [{externalId: \"c1\", email: \"eva@example.org\"}]}) { accepted } }";
    assert_eq!(execute_as(&api, Admin, write).await["data"]["upsertCustomers"]["accepted"], 1);
    let found = execute_as(&api, Admin, "{ customer(externalId: \"c1\") { id } }").await;
    let id = found["data"]["customer"]["id"].as_str().expect("an id").to_owned();
    for document in [
        format!("{{ node(id: \"{id}\") {{ ... on Customer {{ email }} }} }}"),
        format!("{{ nodes(ids: [\"{id}\"]) {{ ...F }} }} fragment F on Node {{ ... on Customer {{ email }} }}"),
        "{ customers { edges { node { email @include(if: true) } } } }".to_owned(),
    ] {
        let reply = execute_as(&api, Reader, &document).await;
        assert_eq!(codes(&reply), ["FORBIDDEN"], "{reply}");
        assert!(!reply.to_string().contains("eva"), "{reply}");
    }
    // Every role may introspect the schema unless an operator disables it.
    let schema = execute_as(&api, Ingest, "{ __schema { queryType { name } } __typename viewer { __typename } }").await;
    assert_eq!(codes(&schema), Vec::<&str>::new(), "{schema}");
}
