//! Tests of the binary on the command line: exit statuses, standard output, and recovery after a kill.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use entity::ScoreCategory;
use serde_json::{Value, json};

use crate::binary::{BinaryServer, needle};

const RESPONSES: &str =
    "response_id,score,responded_at,region\nr1,9,2024-07-01,EU\nr2,3,2024-07-02,EU\nr3,,2024-07-03,US\n";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    needle(folder, arguments).output().expect("the binary starts")
}

fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = needle(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    child.wait_with_output().expect("the binary ends")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

fn json_output(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// What was acknowledged is in the file alone, which people copy.
#[test]
fn a_command_leaves_nothing_beside_the_file_of_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    std::fs::write(folder.join("responses.csv"), RESPONSES).expect("written");
    for arguments in [&["migrate", "up"][..], &["import", "responses", "responses.csv"], &["recompute"], &["report"]] {
        assert_eq!(status(&run(folder, arguments)), 0, "{arguments:?}");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        files.sort();
        assert_eq!(files, ["needle.db", "responses.csv"], "{arguments:?}");
    }
}

#[test]
fn a_server_stops_in_order_as_soon_as_it_can_be_reached() {
    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..3 {
        let ended = BinaryServer::start(folder.path(), "info", &[]).terminate();
        assert_eq!(ended.code(), Some(0), "{ended}");
    }
}

#[test]
fn a_company_is_imported_recomputed_and_queried() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    std::fs::write(folder.join("responses.csv"), RESPONSES).expect("written");
    let imported = run(folder, &["import", "responses", "responses.csv", "--json"]);
    assert_eq!(status(&imported), 0, "{imported:?}");
    assert_eq!(json_output(&imported), json!({"accepted": 3, "updated": 0, "unchanged": 0, "rejected": []}));
    let run_once = run(folder, &["recompute", "--json"]);
    assert_eq!(json_output(&run_once)["run"]["responsesSeen"], 2, "{run_once:?}");
    let queried = run_with_input(folder, &["query"], "{ nps { responses score } viewer { name role } }");
    assert_eq!(status(&queried), 0);
    let expected = json!({"nps": {"responses": 2, "score": 0.0}, "viewer": {"name": "cli", "role": "ADMIN"}});
    assert_eq!(json_output(&queried)["data"], expected);
}

#[test]
fn exit_statuses_distinguish_success_failure_wrong_usage_and_rejected_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let with_a_bad_row = RESPONSES.replace("r2,3", "r2,11");
    let partly = run_with_input(folder, &["import", "responses", "-", "--json"], &with_a_bad_row);
    assert_eq!(status(&partly), 3);
    assert_eq!(json_output(&partly)["rejected"][0]["code"], "OUT_OF_RANGE");
    assert_eq!(json_output(&partly)["rejected"][0]["row"], 2);
    for (arguments, expected) in [
        (&["import", "responses", "nowhere.csv"][..], 1),
        (&["import", "responses", "x.csv", "--map", "score"][..], 2),
        (&["no-such-command"][..], 2),
        (&["replay", "--from", "2024-07-01", "--until", "2024-06-01"][..], 1),
        (&["--time-zone", "Europe/Berlin", "recompute"][..], 1),
        (&["token", "revoke", "--name", "nobody"][..], 1),
        (&["schema"][..], 0),
    ] {
        let output = run(folder, arguments);
        assert_eq!(status(&output), expected, "{arguments:?}: {output:?}");
        assert_eq!(output.stdout.is_empty(), expected != 0, "{arguments:?}: standard output is for results only");
    }
    let wrong = run_with_input(folder, &["query"], "{ nope }");
    assert_eq!(status(&wrong), 1);
    assert!(json_output(&wrong)["errors"][0]["message"].is_string());
    assert_eq!(json_output(&wrong).get("data"), None);
}

#[test]
fn a_token_is_printed_once_and_never_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let made = run(folder, &["token", "create", "--name", "ada", "--role", "leader"]);
    let token = String::from_utf8(made.stdout).expect("text");
    assert!(token.starts_with("ndl_") && token.trim_end().len() > 40, "{token}");
    let listed = run(folder, &["token", "list"]);
    let listed = String::from_utf8(listed.stdout).expect("text");
    assert!(listed.contains("ada") && !listed.contains(token.trim_end()), "{listed}");
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("read");
        assert!(!bytes.windows(token.trim_end().len()).any(|window| window == token.trim_end().as_bytes()));
    }
}

/// Kills a command after each of these delays. Whether it was still running depends on the machine, and must not
/// matter.
fn kill_after(folder: &Path, arguments: &[&str], milliseconds: &[u64]) {
    for delay in milliseconds {
        let mut child =
            needle(folder, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
        std::thread::sleep(Duration::from_millis(*delay));
        child.kill().expect("killed");
        child.wait().expect("waited for");
    }
}

#[test]
fn a_killed_import_and_a_killed_recompute_can_be_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let mut file = b"response_id,score,responded_at,region\n".to_vec();
    for number in 0..20_000 {
        let (score, day, region) = (number % 11, 1 + number % 28, ["EU", "US", "APAC"][number % 3]);
        writeln!(file, "r{number},{score},2024-0{}-{day:02},{region}", 1 + number % 9).expect("written");
    }
    std::fs::write(folder.join("responses.csv"), file).expect("written");
    kill_after(folder, &["import", "responses", "responses.csv"], &[5, 20, 60, 150, 300, 500]);
    let imported = json_output(&run(folder, &["import", "responses", "responses.csv", "--json"]));
    let (accepted, unchanged) = (imported["accepted"].as_u64(), imported["unchanged"].as_u64());
    assert_eq!(accepted.zip(unchanged).map(|(new, old)| new + old), Some(20_000), "{imported}");
    kill_after(folder, &["recompute"], &[5, 20, 40, 80, 120]);
    assert_eq!(status(&run(folder, &["recompute"])), 0);
    let counts = run_with_input(folder, &["query"], "{ nps { responses promoters passives detractors } }");
    let of = |category: ScoreCategory| (0..20_000).filter(|number| category.scores().contains(&(number % 11))).count();
    let expected = json!({"responses": 20_000, "promoters": of(ScoreCategory::Promoter),
        "passives": of(ScoreCategory::Passive), "detractors": of(ScoreCategory::Detractor)});
    assert_eq!(json_output(&counts)["data"]["nps"], expected);
    let runs = run_with_input(folder, &["query"], "{ runs { nodes { state } } }");
    let runs = json_output(&runs);
    let running =
        runs["data"]["runs"]["nodes"].as_array().expect("runs").iter().filter(|run| run["state"] == "RUNNING");
    assert_eq!(running.count(), 0, "{runs}");
}

#[test]
fn an_operator_decides_which_attributes_are_dimensions() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    std::fs::write(folder.join("responses.csv"), RESPONSES).expect("written");
    assert_eq!(status(&run(folder, &["import", "responses", "responses.csv"])), 0);
    let demoted = json_output(&run(folder, &["dimension", "demote", "region", "--json"]));
    let expected =
        json!({"name": "region", "sliceable": false, "changed": true, "moved": true, "responses": 3, "profiles": 0});
    assert_eq!(demoted, expected);
    let again = run(folder, &["dimension", "demote", "region"]);
    assert_eq!(status(&again), 0);
    assert!(String::from_utf8_lossy(&again.stdout).contains("nothing changed"), "{again:?}");
    let segments = json!([{"key": "eu", "name": "Europe", "filter": {"attribute": {"name": "region", "in": ["EU"]}}}]);
    let defined = run_with_input(folder, &["import", "segments", "-"], &segments.to_string());
    assert_eq!(status(&defined), 0, "{defined:?}");
    assert_eq!(status(&run(folder, &["recompute", "--as-of", "2024-07-08"])), 0);
    let listed = json_output(&run(folder, &["dimension", "list", "--json"]));
    let expected = json!([{"name": "region", "sliceable": false, "decidedBy": "OPERATOR", "distinctValues": 2,
        "numeric": false, "responses": 3, "predicates": ["in [\"EU\"]"]}]);
    assert_eq!(listed, expected);
    let queried = run_with_input(
        folder,
        &["query"],
        "{ segment(key: \"eu\") { current { nps { responses } } } dimensions { name sliceable values { value } }
           responses(filter: {where: {attribute: {name: \"region\", in: [\"US\"]}}}) { nodes { externalId attributes } } }",
    );
    let expected = json!({"segment": {"current": {"nps": {"responses": 2}}},
        "dimensions": [{"name": "region", "sliceable": false, "values": []}],
        "responses": {"nodes": [{"externalId": "r3", "attributes": {"region": "US"}}]}});
    assert_eq!(json_output(&queried)["data"], expected);
    let slice = "{ npsBreakdown(by: [\"region\"]) { nps { responses } } }";
    let refused = json_output(&run_with_input(folder, &["query"], slice));
    let message = refused["errors"][0]["message"].as_str().expect("a message");
    assert!(message.contains("needle dimension promote"), "{message}");
    let unknown = run(folder, &["dimension", "promote", "regoin"]);
    assert_eq!(status(&unknown), 1);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("\"region\""), "{unknown:?}");
    assert_eq!(json_output(&run(folder, &["dimension", "promote", "region", "--json"]))["profiles"], 2);
}
