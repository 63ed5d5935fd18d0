//! Tests of the binary's log: related lines share an id, and no line contains personal data or a secret.

use std::path::Path;
use std::process::Output;

use entity::ConnectionTrait as _;
use serde_json::Value;

use crate::binary::{BinaryServer, needle};

const SECRETS: [&str; 4] = ["eva@example.org", "Eva Muster", "the courier was rude", "ndl_"];

/// Runs a command that must exit with this status.
fn run(folder: &Path, arguments: &[&str], status: i32) -> Output {
    let mut command = needle(folder, &[&["--log-format", "json"], arguments].concat());
    let output = command.env("RUST_LOG", "debug").output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {output:?}");
    output
}

/// The JSON lines of a log; fails when the log contains a secret.
fn lines(log: &[u8]) -> Vec<Value> {
    let log = String::from_utf8_lossy(log);
    for secret in SECRETS {
        assert!(!log.contains(secret), "the log contains {secret}: {log}");
    }
    let records = log.lines().filter(|line| line.starts_with('{'));
    records.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn line_with_message<'a>(lines: &'a [Value], message: &str) -> &'a Value {
    let found = lines.iter().find(|line| line["fields"]["message"] == message);
    found.unwrap_or_else(|| panic!("no line \"{message}\": {lines:#?}"))
}

fn write_files(folder: &Path) {
    let customers = "customer_id,email,name\nc1,eva@example.org,Eva Muster\nc1,eva@example.org,Eva Muster\n";
    let responses = "response_id,score,responded_at,customer_id,comment\nr1,9,2024-07-01,c1,the courier was rude\n\
                     r2,eva@example.org,2024-07-01,c1,the courier was rude\n";
    std::fs::write(folder.join("customers.csv"), customers).expect("written");
    std::fs::write(folder.join("responses.csv"), responses).expect("written");
}

#[test]
fn imports_log_counts_and_runs_log_their_id_and_duration() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_files(folder);
    let log = lines(&run(folder, &["import", "customers", "customers.csv", "--json"], 3).stderr);
    let imported = line_with_message(&log, "imported a file");
    assert_eq!((&imported["fields"]["kind"], &imported["fields"]["rejected"]), (&"customers".into(), &1.into()));
    lines(&run(folder, &["import", "responses", "responses.csv", "--json"], 3).stderr);
    let output = run(folder, &["recompute", "--json"], 0);
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let log = lines(&output.stderr);
    let ended = line_with_message(&log, "a run ended");
    assert_eq!(ended["span"]["run"].to_string(), result["run"]["id"].as_str().expect("an id"));
    assert_eq!(ended["span"]["trigger"], "manual");
    assert!(ended["fields"]["count_seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{ended}");
}

fn post(server: &BinaryServer, token: &str, id: &str, body: &str) -> String {
    let bearer = format!("Bearer {token}");
    let headers = [("X-Request-Id", id), ("Content-Type", "application/json"), ("Authorization", &bearer)];
    server.request("POST /graphql", &headers, body)
}

#[test]
fn a_request_is_logged_with_id_and_operation_and_without_its_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_files(folder);
    let made = run(folder, &["token", "create", "--name", "ada", "--role", "admin"], 0);
    lines(&made.stderr);
    let token = String::from_utf8(made.stdout).expect("text");
    let mut server = BinaryServer::start(folder, "debug", &[]);
    let body =
        r#"{"query": "mutation Write($c: [CustomerInput!]!) { upsertCustomers(input: {customers: $c}) { accepted }
        recompute(input: {key: \"k\"}) { run { id } } }",
        "variables": {"c": [{"externalId": "c1", "email": "eva@example.org", "name": "Eva Muster"}]}}"#
            .replace('\n', " ");
    let reply = post(&server, token.trim_end(), "write-7", &body);
    assert!(reply.contains("x-request-id: write-7") && reply.contains("\"accepted\":1"), "{reply}");
    let refused = post(
        &server,
        token.trim_end(),
        "fail-8",
        r#"{"query": "{ customer(externalId: \"eva@example.org\") { nope } }"}"#,
    );
    assert!(refused.contains("x-request-id: fail-8"), "{refused}");
    let stranger = post(&server, "ndl_stolen", "who-9", "{}");
    assert!(stranger.starts_with("HTTP/1.1 401"), "{stranger}");
    // The recompute continues after the reply.
    server.wait_for(|line| line["fields"]["message"] == "a run ended");
    let log = lines(server.stop().as_bytes());
    let of = |id: &str| {
        let own = |line: &&Value| {
            line["spans"].as_array().is_some_and(|spans| spans.iter().any(|span| span["request_id"] == id))
        };
        log.iter().filter(own).collect::<Vec<_>>()
    };
    let written = of("write-7");
    let request = written.iter().find(|line| line["fields"]["message"] == "request ended").expect("its line");
    let fields = &request["fields"];
    assert_eq!((&fields["route"], &fields["status"]), (&"/graphql".into(), &200.into()), "{request}");
    assert_eq!((&fields["operation"], &fields["operation_type"]), (&"Write".into(), &"mutation".into()), "{request}");
    assert_eq!(fields["viewer"], "ada");
    assert!(written.iter().any(|line| line["fields"]["message"] == "a run ended"), "the run it started: {log:#?}");
    assert_eq!((of("fail-8").is_empty(), of("who-9").is_empty()), (false, false));
}

/// Damages every stored week, so that any run that reads one fails.
async fn damage(folder: &Path) {
    let url = format!("sqlite://{}", folder.join("needle.db").display());
    let database = entity::Database::connect(&url).await.expect("the database");
    database.writer().execute_unprepared("UPDATE tally SET checksum = block").await.expect("damaged");
    database.close().await.expect("closed");
}

#[tokio::test]
async fn every_line_of_a_scheduled_run_has_its_id_also_when_it_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let responses = "response_id,score,responded_at,region\nr1,9,2024-07-01,EU\nr2,3,2024-07-01,US\n";
    std::fs::write(folder.join("responses.csv"), responses).expect("written");
    run(folder, &["import", "responses", "responses.csv"], 0);
    run(folder, &["recompute"], 0);
    damage(folder).await;
    // A new segment is scored over every week.
    let segments = r#"[{"key": "eu", "name": "Europe", "filter": {"attribute": {"name": "region", "in": ["EU"]}}}]"#;
    std::fs::write(folder.join("segments.json"), segments).expect("written");
    run(folder, &["import", "segments", "segments.json"], 0);
    let variables = [
        ("NEEDLE_SCHEDULE_DAILY_CRON", "* * * * * *"),
        ("NEEDLE_SCHEDULE_ATTEMPTS", "2"),
        ("NEEDLE_SCHEDULE_RETRY_AFTER_SECONDS", "1"),
    ];
    let mut server = BinaryServer::start(folder, "debug", &variables);
    server.wait_for(|line| line["fields"]["message"] == "a scheduled run failed for the last time");
    let log = lines(server.stop().as_bytes());
    let started = line_with_message(&log, "a scheduled run begins");
    let failed = line_with_message(&log, "a scheduled run failed: it will be tried again");
    assert_eq!(started["span"]["run"], failed["span"]["run"], "{log:#?}");
    assert!(failed["span"]["run"].is_u64() && failed["span"]["trigger"] == "schedule", "{failed}");
    let given_up = line_with_message(&log, "a scheduled run failed for the last time");
    assert!(given_up["span"]["run"].as_u64() > failed["span"]["run"].as_u64(), "{given_up}");
}
