//! Every mutation leaves an entry without personal data.

use entity::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::graphql::access::mutations;
use crate::graphql::access::tests::{api, execute_as};
use entity::token::Role::{Admin, Ingest, Leader, Viewer};

/// For each mutation an input that is accepted and one that is refused, with personal data wherever it fits.
const CALLS: &[(&str, &str, &str)] = &[
    (
        "upsertCustomers",
        "{customers: [{externalId: \"eva@example.org\", email: \"eva@example.org\", name: \"eva\", attributes: {x: \"eva\"}}, {externalId: \"eva3\"}, {externalId: \"eva4\"}]}",
        "",
    ),
    (
        "recordResponses",
        "{responses: [{externalId: \"eva\", customerExternalId: \"eva@example.org\", score: 9, comment: \"eva\", respondedAt: \"2024-06-20T10:00:00Z\"}]}",
        "",
    ),
    (
        "eraseCustomer",
        "{externalId: \"eva@example.org\", reason: \"eva asked\"}",
        "{externalId: \"eva2\", reason: \"eva asked\"}",
    ),
    ("mergeCustomers", "{from: \"eva3\", into: \"eva4\"}", "{from: \"eva3\", into: \"eva@example.org\"}"),
    ("unmergeCustomer", "{from: \"eva3\"}", "{from: \"eva@example.org\"}"),
    (
        "defineSegment",
        "{key: \"all\", name: \"All\", filter: {all: []}}",
        "{key: \"\", name: \"All\", filter: {all: []}}",
    ),
    (
        "declarePrimarySegment",
        "{segmentKey: \"all\", reason: \"they pay\"}",
        "{segmentKey: \"none\", reason: \"they pay\"}",
    ),
    (
        "logDecision",
        "{externalId: \"d\", title: \"T\", takesEffectOn: \"2024-08-01\", expectedImpact: 3}",
        "{externalId: \"d\", title: \"T\", takesEffectOn: \"2024-08-01\", expectedImpact: 3}",
    ),
    ("reviseDecision", "{externalId: \"d\", title: \"U\"}", "{externalId: \"none\", title: \"U\"}"),
    (
        "reverseDecision",
        "{externalId: \"d\", on: \"2024-08-01\", reason: \"R\"}",
        "{externalId: \"d\", on: \"2024-08-02\", reason: \"R\"}",
    ),
    ("cancelReversal", "{externalId: \"d\"}", "{externalId: \"d\"}"),
    ("recompute", "{key: \"k\"}", "{key: \"k\", full: true}"),
    ("cancelRun", "", "{id: \"none\"}"),
    ("undoImport", "", "{id: \"none\"}"),
];

#[tokio::test]
async fn every_mutation_leaves_an_entry_without_personal_data() {
    let (api, _directory) = api().await;
    for field in mutations() {
        let (_, done, refused) =
            CALLS.iter().find(|(own, _, _)| *own == field).unwrap_or_else(|| panic!("call {field}"));
        assert!(!(done.is_empty() && refused.is_empty()), "{field}");
    }
    for (field, done, refused) in CALLS {
        for (input, outcome) in
            [(done, "DONE"), (refused, "REFUSED")].into_iter().filter(|(input, _)| !input.is_empty())
        {
            let document = format!("mutation Call {{ {field}(input: {input}) {{ userErrors {{ code }} }} }}");
            let reply = execute_as(&api, Admin, &document).await;
            assert_eq!(reply["errors"], Value::Null, "{reply}");
            let errors = reply["data"][field]["userErrors"].as_array().expect("a list").len();
            assert_eq!(errors, usize::from(outcome == "REFUSED"), "{reply}");
            let entry = newest(&api).await;
            let recorded = (&entry["field"], &entry["outcome"], &entry["actor"], &entry["role"], &entry["operation"]);
            assert_eq!(
                recorded,
                (&json!(field), &json!(outcome), &json!("Admin"), &json!("ADMIN"), &json!("Call")),
                "{entry}"
            );
        }
    }
    let all =
        execute_as(&api, Admin, "{ auditEntries(first: 100) { totalCount nodes { input detail operation actor } } }")
            .await;
    assert_eq!(all["data"]["auditEntries"]["totalCount"], 24, "{all}");
    assert!(!all.to_string().to_lowercase().contains("eva"), "{all}");
}

async fn newest(api: &crate::graphql::Api) -> Value {
    let fields = "id writtenAt actor role operation field input outcome detail";
    let reply = execute_as(api, Admin, &format!("{{ auditEntries(first: 1) {{ nodes {{ {fields} }} }} }}")).await;
    reply["data"]["auditEntries"]["nodes"][0].clone()
}

#[tokio::test]
async fn an_entry_has_the_counts_or_the_reason_of_refusal_or_the_denied_viewer() {
    let (api, _directory) = api().await;
    let write =
        "mutation { upsertCustomers(input: {customers: [{externalId: \"a\"}, {externalId: \"b\"}]}) { accepted } }";
    execute_as(&api, Ingest, write).await;
    let entry = newest(&api).await;
    assert_eq!(entry["detail"], "accepted 2, updated 0, unchanged 0", "{entry}");
    assert_eq!(entry["input"], json!({"customers": "2 items, left out"}));
    execute_as(&api, Leader, "mutation { reverseDecision(input: {externalId: \"d\", on: \"2024-08-01\", reason: \"R\"}) { userErrors { code } } }").await;
    let entry = newest(&api).await;
    assert_eq!((&entry["detail"], &entry["input"]["reason"]), (&json!("NOT_FOUND"), &json!("R")), "{entry}");
    let denied = "mutation { a: recompute(input: {key: \"x\"}) { run { id } } b: recompute(input: {key: \"y\"}) { run { id } } }";
    assert_eq!(execute_as(&api, Viewer, denied).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let entry = newest(&api).await;
    assert_eq!((&entry["outcome"], &entry["actor"], &entry["input"]), (&json!("DENIED"), &json!("Viewer"), &json!({})));
    let total =
        execute_as(&api, Admin, "{ auditEntries { totalCount } }").await["data"]["auditEntries"]["totalCount"].clone();
    assert_eq!(total, 3, "one request is denied once");
}

#[tokio::test]
async fn entries_are_for_admins_on_every_path() {
    let (api, _directory) = api().await;
    let run = execute_as(&api, Leader, "mutation { recompute(input: {key: \"x\"}) { run { id } } }").await;
    assert_eq!(run["errors"], Value::Null, "{run}");
    let id = newest(&api).await["id"].as_str().expect("an id").to_owned();
    let node = format!("{{ node(id: \"{id}\") {{ id ... on AuditEntry {{ field }} }} }}");
    assert_eq!(execute_as(&api, Admin, &node).await["data"]["node"]["field"], "recompute");
    let refused = execute_as(&api, Leader, &node).await;
    assert!(refused["data"]["node"].is_null() && refused.to_string().contains("FORBIDDEN"), "{refused}");
}

#[tokio::test]
async fn a_mutation_that_fails_in_the_database_leaves_an_entry_with_the_request_id() {
    let (api, _directory) = api().await;
    let writer = api.job_context().database.writer();
    for table in ["segment", "customer"] {
        let fail =
            format!("CREATE TRIGGER broken_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'eva'); END");
        writer.execute_unprepared(&fail).await.expect("a trigger");
    }
    let document =
        "mutation Two { one: defineSegment(input: {key: \"k\", name: \"N\", filter: {all: []}}) { segment { key } } }";
    let failed = execute_as(&api, Admin, document).await;
    let error = &failed["errors"][0]["extensions"];
    assert_eq!(error["code"], "INTERNAL", "{failed}");
    let entry = newest(&api).await;
    let detail = format!("INTERNAL, request {}", error["requestId"].as_str().expect("an id"));
    assert_eq!((&entry["outcome"], &entry["detail"]), (&json!("FAILED"), &json!(detail)), "{entry}");
    assert_eq!((&entry["field"], &entry["input"]["key"]), (&json!("defineSegment"), &json!("k")), "{entry}");
    let write = "mutation { upsertCustomers(input: {customers: [{externalId: \"eva@example.org\"}]}) { accepted } }";
    execute_as(&api, Ingest, write).await;
    let entry = newest(&api).await;
    assert_eq!((&entry["outcome"], &entry["actor"]), (&json!("FAILED"), &json!("Ingest")), "{entry}");
    assert!(!entry.to_string().contains("eva"), "{entry}");
    let all = execute_as(&api, Admin, "{ auditEntries(filter: {outcome: FAILED}) { totalCount } }").await;
    assert_eq!(all["data"]["auditEntries"]["totalCount"], 2, "{all}");
}

#[tokio::test]
async fn a_mutation_before_a_failed_one_in_the_same_request_stays_done() {
    let (api, _directory) = api().await;
    let fail = "CREATE TRIGGER broken BEFORE INSERT ON decision BEGIN SELECT RAISE(ABORT, 'no'); END";
    api.job_context().database.writer().execute_unprepared(fail).await.expect("a trigger");
    let both = "mutation { defineSegment(input: {key: \"k\", name: \"N\", filter: {all: []}}) { segment { key } }
        logDecision(input: {title: \"T\", takesEffectOn: \"2024-08-01\", expectedImpact: 3}) { decision { title } } }";
    execute_as(&api, Leader, both).await;
    let entries = execute_as(&api, Admin, "{ auditEntries { nodes { field outcome } } }").await;
    let expected =
        json!([{"field": "logDecision", "outcome": "FAILED"}, {"field": "defineSegment", "outcome": "DONE"}]);
    assert_eq!(entries["data"]["auditEntries"]["nodes"], expected, "{entries}");
}
