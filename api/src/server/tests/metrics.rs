//! Tests of `/metrics`.

use super::*;

/// The samples by name and labels; fails when a line is not valid.
async fn samples(server: &TestServer) -> std::collections::BTreeMap<String, f64> {
    let reply = server.send("GET /metrics HTTP/1.1", "").await;
    assert_eq!(reply.status, 200);
    assert!(reply.head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{}", reply.head);
    let lines: Vec<&str> = reply.body.lines().collect();
    assert_eq!(lines.last(), Some(&"# EOF"));
    let mut samples = std::collections::BTreeMap::new();
    for line in lines {
        if let Some(comment) = line.strip_prefix("# ") {
            assert!(["HELP ", "TYPE ", "UNIT ", "EOF"].iter().any(|start| comment.starts_with(start)), "{line}");
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(name.starts_with("needle_") && value.is_finite(), "{line}");
        assert_eq!(samples.insert(name.to_owned(), value), None, "twice: {line}");
    }
    samples
}

#[tokio::test]
async fn metrics_count_requests_operations_errors_runs_and_rows() {
    let server = TestServer::start(None).await;
    let admin = server.token("anna", Role::Admin).await;
    assert!(!samples(&server).await.contains_key("needle_hours_since_last_published_run"));
    let write = "mutation Write { recordResponses(input: {responses: [
        {externalId: \"r1\", score: 9, respondedAt: \"2024-06-20T10:00:00Z\"},
        {externalId: \"r2\", score: 12, respondedAt: \"2024-06-20T10:00:00Z\"}]}) { accepted }
        recompute(input: {key: \"k\"}) { run { state } } }";
    assert_eq!(server.execute(&admin, write, json!({})).await["errors"], Value::Null);
    assert_eq!(server.execute(&admin, "{ nps { responses } }", json!({})).await["errors"], Value::Null);
    assert_eq!(server.post(&admin, RESPONSE, &json!({ "query": "{ nope }" })).await.status, 400);
    assert_eq!(server.send("GET /no/such?email=eva@example.org HTTP/1.1", "").await.status, 404);
    // The values of the database are cached for five seconds.
    tokio::time::sleep(Duration::from_millis(5_200)).await;
    let after = samples(&server).await;
    for (name, value) in [
        ("needle_http_requests_total{route=\"/graphql\",method=\"POST\",status=\"200\"}", 2.0),
        ("needle_http_requests_total{route=\"/graphql\",method=\"POST\",status=\"400\"}", 1.0),
        ("needle_http_requests_total{route=\"other\",method=\"GET\",status=\"404\"}", 1.0),
        ("needle_http_request_duration_seconds_count{route=\"/graphql\",method=\"POST\"}", 3.0),
        ("needle_graphql_requests_total{operation_type=\"mutation\",operation=\"3f00927a\"}", 1.0),
        ("needle_graphql_errors_total{code=\"BAD_USER_INPUT\"}", 1.0),
        ("needle_figures_loads_total", 1.0),
        ("needle_run_stage_seconds_count{stage=\"publish\"}", 1.0),
        ("needle_runs_total{trigger=\"manual\",state=\"succeeded\"}", 1.0),
        ("needle_runs_running", 0.0),
        ("needle_stale_weeks", 0.0),
        ("needle_hours_since_last_published_run", 0.0),
        ("needle_import_rows_total{kind=\"responses\",outcome=\"accepted\"}", 1.0),
        ("needle_import_rows_total{kind=\"responses\",outcome=\"rejected\"}", 1.0),
        ("needle_slots_total{job=\"weekly\",state=\"missed\"}", 0.0),
        ("needle_slots_total{job=\"daily\",state=\"failed\"}", 0.0),
        ("needle_up_database", 1.0),
    ] {
        assert_eq!(after.get(name), Some(&value), "{name}: {after:#?}");
    }
    assert!(!after.keys().any(|name| name.contains("eva")), "{after:#?}");
}

#[tokio::test]
async fn a_thousand_operation_names_make_a_bounded_number_of_labels() {
    let server = TestServer::start(None).await;
    let admin = server.token("anna", Role::Admin).await;
    for at in 0..1_000 {
        let named = server.execute(&admin, &format!("query Q{at} {{ __typename }}"), json!({})).await;
        assert_eq!(named["data"]["__typename"], "Query", "{named}");
    }
    let after = samples(&server).await;
    let operations = after.iter().filter(|(name, _)| name.starts_with("needle_graphql_requests_total"));
    assert_eq!(operations.clone().count(), 101);
    assert!((operations.map(|(_, count)| count).sum::<f64>() - 1_000.0).abs() < 0.5);
}

#[tokio::test]
async fn without_a_database_the_process_still_exports_its_own_metrics() {
    let server = TestServer::start(None).await;
    server.database.clone().close().await.expect("closed");
    let after = samples(&server).await;
    assert_eq!(after.get("needle_up_database"), Some(&0.0), "{after:#?}");
    assert!(after.keys().any(|name| name.starts_with("needle_process_uptime_seconds")), "{after:#?}");
}
