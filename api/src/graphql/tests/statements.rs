//! The number of SQL statements of a query, which is the same for many nodes as for few.

use std::sync::{Arc, Mutex};

use entity::token::Role::Admin;
use serde_json::Value;

use crate::graphql::Api;
use crate::graphql::access::tests::{api_recording_statements, execute_as};

/// The SQL statements executed so far.
type StatementLog = Arc<Mutex<Vec<String>>>;

/// A company with fifty decisions on ten segments, reviewed once, and sixty customers with two responses each.
async fn company() -> (Api, tempfile::TempDir, StatementLog) {
    let statements = StatementLog::default();
    let log = Arc::clone(&statements);
    let (api, directory) =
        api_recording_statements(move |statement| log.lock().expect("no panic").push(statement.to_owned())).await;
    let responses: Vec<String> = (0..120)
        .map(|at| {
            format!(
                "{{externalId: \"r{at}\", customerExternalId: \"c{}\", score: {}, attributes: {{region: \"{}\"}},
                respondedAt: \"2024-06-{:02}T10:00:00Z\"}} ",
                at % 60,
                at % 11,
                at % 10,
                1 + at % 28
            )
        })
        .collect();
    let responses = responses.concat();
    let customers: Vec<String> =
        (0..60).map(|at| format!("{{externalId: \"c{at}\", attributes: {{region: \"{}\"}}}} ", at % 10)).collect();
    let customers = customers.concat();
    let write = format!("mutation {{ upsertCustomers(input: {{customers: [{customers}]}}) {{ accepted }} }}");
    assert_eq!(execute_as(&api, Admin, &write).await["data"]["upsertCustomers"]["accepted"], 60);
    let write = format!("mutation {{ recordResponses(input: {{responses: [{responses}]}}) {{ accepted }} }}");
    assert_eq!(execute_as(&api, Admin, &write).await["data"]["recordResponses"]["accepted"], 120);
    for at in 0..50 {
        let write = format!(
            "mutation {{ defineSegment(input: {{key: \"s{0}\", name: \"S\", filter: {{attribute: {{name: \"region\", in: [\"{0}\"]}}}}}})
            {{ userErrors {{ message }} }}
            logDecision(input: {{externalId: \"d{at}\", title: \"T\", targetSegmentKey: \"s{0}\", takesEffectOn: \"2024-06-03\",
            expectedImpact: 3}}) {{ userErrors {{ message }} }} }}",
            at % 10
        );
        let written = execute_as(&api, Admin, &write).await;
        assert_eq!(written["errors"], Value::Null, "{written}");
    }
    let run =
        execute_as(&api, Admin, "mutation { recompute(input: {key: \"k\"}) { run { decisionsReviewed } } }").await;
    assert_eq!(run["data"]["recompute"]["run"]["decisionsReviewed"], 50, "{run}");
    (api, directory, statements)
}

/// The statements of a document for `nodes` nodes, after a check of its result.
async fn statements(api: &Api, log: &StatementLog, document: &str, path: &str, nodes: usize) -> Vec<String> {
    let document = document.replace("$n", &nodes.to_string());
    // The first execution loads the analytics into memory.
    let first = execute_as(api, Admin, &document).await;
    assert_eq!(first["errors"], Value::Null, "{first}");
    log.lock().expect("no panic").clear();
    let reply = execute_as(api, Admin, &document).await;
    assert_eq!(reply["errors"], Value::Null, "{reply}");
    let found = reply["data"].pointer(path).and_then(Value::as_array).map(Vec::len);
    assert_eq!(found, Some(nodes), "{reply}");
    std::mem::take(&mut *log.lock().expect("no panic"))
}

/// The fewest statements of several tries: branches of a document that reach the same loader at different times may
/// cause one statement each.
async fn fewest(api: &Api, log: &StatementLog, document: &str, path: &str, nodes: usize) -> Vec<String> {
    let mut fewest = statements(api, log, document, path, nodes).await;
    for _ in 0..9 {
        let found = statements(api, log, document, path, nodes).await;
        if found.len() < fewest.len() {
            fewest = found;
        }
    }
    fewest
}

#[tokio::test]
async fn a_deep_query_costs_as_many_statements_for_fifty_decisions_as_for_five() {
    let (api, _directory, log) = company().await;
    let scoreboard = "{ decisions(first: $n) { totalCount nodes {
        title status movedTheNeedle expectation { impact }
        target { key isPrimary filter current { nps { score } computedBy { id } } scores { start nps { score } } }
        review { verdict effect run { id } decision { id } series { start observed expected } }
        reviews(first: 3) { totalCount pageInfo { hasNextPage } nodes { asOf verdict } } } } }";
    let few = statements(&api, &log, scoreboard, "/decisions/nodes", 5).await;
    let many = statements(&api, &log, scoreboard, "/decisions/nodes", 50).await;
    assert_eq!(few.len(), many.len(), "{few:#?} {many:#?}");
    assert!(many.len() <= 16, "{many:#?}");
    let customers = "{ customers(first: $n) { nodes { externalId responses(first: 1) { totalCount nodes {
        score comment channel attributes customer { externalId } } } } } }";
    let few = statements(&api, &log, customers, "/customers/nodes", 5).await;
    let many = statements(&api, &log, customers, "/customers/nodes", 50).await;
    assert_eq!(few.len(), many.len(), "{few:#?} {many:#?}");
    assert!(many.len() <= 7, "{many:#?}");
}

#[tokio::test]
async fn the_weekly_series_of_reviews_is_read_only_where_it_is_selected() {
    let (api, _directory, log) = company().await;
    let lists = "{ decisions(first: $n) { nodes { movedTheNeedle
        review { verdict effect interval { low high level } method before { score } after { score } expectationOutcome
          smallestDetectableEffect decidableBy caveats { code message } }
        reviews(first: 3) { nodes { asOf verdict after { responses } } } } } }";
    let reads = |found: Vec<String>| found.iter().filter(|statement| statement.contains("review_series")).count();
    assert_eq!(reads(statements(&api, &log, lists, "/decisions/nodes", 50).await), 0);
    let series = "{ decisions(first: $n) { nodes { review { series { start } } } } }";
    assert_eq!(reads(statements(&api, &log, series, "/decisions/nodes", 50).await), 1);
}

#[tokio::test]
async fn customers_of_segments_cost_as_many_statements_for_ten_segments_as_for_two() {
    let (api, _directory, log) = company().await;
    let segments = "{ segments(first: $n) { nodes { key customers(first: 2) { totalCount pageInfo { hasNextPage }
        nodes { externalId responses(first: 1) { nodes { score } } } } everyone: customers(last: 50) { nodes { externalId } }
        decisions(first: 3) { totalCount nodes { overlapping { externalId } reviews(last: 1) { nodes { verdict } } } } } } }";
    let few = fewest(&api, &log, segments, "/segments/nodes", 2).await;
    let many = fewest(&api, &log, segments, "/segments/nodes", 10).await;
    assert_eq!(few.len(), many.len(), "{few:#?} {many:#?}");
    assert!(many.len() <= 15, "{many:#?}");
    let reply = execute_as(&api, Admin, &segments.replace("$n", "10")).await;
    for (at, segment) in reply["data"]["segments"]["nodes"].as_array().expect("segments").iter().enumerate() {
        assert_eq!(segment["key"], format!("s{at}"));
        let alone = format!("{{ customers(first: 2, filter: {{attributes: {{attribute: {{name: \"region\", in: [\"{at}\"]}}}}}})
            {{ totalCount pageInfo {{ hasNextPage }} nodes {{ externalId responses(first: 1) {{ nodes {{ score }} }} }} }} }}");
        assert_eq!(segment["customers"], execute_as(&api, Admin, &alone).await["data"]["customers"], "{segment}");
        assert_eq!(segment["customers"]["totalCount"], 6, "{segment}");
    }
}

#[tokio::test]
async fn free_slices_are_computed_in_memory() {
    let (api, _directory, log) = company().await;
    let slice = |name: &str| {
        format!("{name}: npsSeries(where: {{attribute: {{name: \"region\", in: [\"1\"]}}}}) {{ nps {{ score }} }} ")
    };
    let mut costs = Vec::new();
    for slices in [1, 20] {
        let document = format!(
            "{{ dimensions {{ name }} {} }}",
            (0..slices).map(|at| slice(&format!("s{at}"))).collect::<Vec<_>>().concat()
        );
        costs.push(statements(&api, &log, &document, "/dimensions", 1).await.len());
    }
    // Which version is published, and which dimensions there are; nothing for the slices themselves.
    assert_eq!(costs, [2, 2]);
}

#[tokio::test]
async fn a_review_that_cannot_be_read_is_an_error_of_its_decision_alone() {
    use entity::ConnectionTrait as _;
    let (api, _directory, _log) = company().await;
    let damage = "UPDATE decision_review SET method = 'BOGUS' WHERE decision_id = (SELECT id FROM decision WHERE external_id = 'd7')";
    api.job_context().database.writer().execute_unprepared(damage).await.expect("damaged");
    let reply = execute_as(&api, Admin, "{ decisions(first: 50) { nodes { externalId review { method } } } }").await;
    let nodes = reply["data"]["decisions"]["nodes"].as_array().unwrap_or_else(|| panic!("{reply}"));
    let without: Vec<&Value> = nodes.iter().filter(|node| node["review"] == Value::Null).collect();
    assert_eq!(without.iter().map(|node| &node["externalId"]).collect::<Vec<_>>(), ["d7"], "{reply}");
    assert_eq!(reply["errors"].as_array().map(Vec::len), Some(1), "{reply}");
}
