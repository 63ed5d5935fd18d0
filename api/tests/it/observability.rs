//! The log of the binary: lines that belong together share an id, and none holds personal data or a secret.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use entity::ConnectionTrait as _;
use serde_json::Value;

const SECRETS: [&str; 4] = ["eva@example.org", "Eva Muster", "the courier was rude", "ndl_"];

fn needle(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_needle"));
    command
        .current_dir(folder)
        .args(["--log-format", "json"])
        .args(arguments)
        .env_remove("NEEDLE_DATABASE_URL")
        .env_remove("NEEDLE_TIME_ZONE")
        .env("RUST_LOG", "debug")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    needle(folder, arguments).output().expect("the binary starts")
}

fn lines(log: &[u8]) -> Vec<Value> {
    let log = String::from_utf8_lossy(log);
    for secret in SECRETS {
        assert!(!log.contains(secret), "the log holds {secret}: {log}");
    }
    log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn said<'a>(lines: &'a [Value], message: &str) -> &'a Value {
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
fn imports_tell_counts_and_runs_their_id_and_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_files(folder);
    let log = lines(&run(folder, &["import", "customers", "customers.csv", "--json"]).stderr);
    let imported = said(&log, "imported a file");
    assert_eq!((&imported["fields"]["kind"], &imported["fields"]["rejected"]), (&"customers".into(), &1.into()));
    lines(&run(folder, &["import", "responses", "responses.csv", "--json"]).stderr);
    let output = run(folder, &["recompute", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let log = lines(&output.stderr);
    let ended = said(&log, "a run ended");
    assert_eq!(ended["span"]["run"].to_string(), answer["run"]["id"].as_str().expect("an id"));
    assert_eq!(ended["span"]["trigger"], "manual");
    assert!(ended["fields"]["count_seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{ended}");
}

/// A server that is stopped when it is dropped.
struct Server {
    child: Child,
    log: BufReader<std::io::PipeReader>,
    address: String,
    logged: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = needle(folder, &["serve", "--listen", "127.0.0.1:0"]);
        command.envs(variables.iter().copied());
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = command.stdout(Stdio::null()).stderr(writer).spawn().expect("the binary starts");
        // The command holds the other end of the pipe as long as it lives.
        drop(command);
        let mut server = Self { child, log: BufReader::new(reader), address: String::new(), logged: String::new() };
        while server.address.is_empty() {
            let mut line = String::new();
            assert!(server.log.read_line(&mut line).expect("a line") > 0, "the server ended: {}", server.logged);
            let told: Value = serde_json::from_str(&line).unwrap_or_default();
            told["fields"]["address"].as_str().unwrap_or_default().clone_into(&mut server.address);
            server.logged.push_str(&line);
        }
        server
    }

    fn post(&self, token: &str, id: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: {id}\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Stops the server, and gives all it has logged.
    fn stop(mut self) -> Vec<Value> {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited for");
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).expect("the log");
        lines((std::mem::take(&mut self.logged) + &rest).as_bytes())
    }
}

#[test]
fn a_request_is_told_by_its_id_and_its_operation_and_never_by_its_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write_files(folder);
    let made = run(folder, &["token", "create", "--name", "ada", "--role", "admin"]);
    lines(&made.stderr);
    let token = String::from_utf8(made.stdout).expect("text");
    let server = Server::start(folder);
    let body =
        r#"{"query": "mutation Write($c: [CustomerInput!]!) { upsertCustomers(input: {customers: $c}) { accepted }
        recompute(input: {key: \"k\"}) { run { id } } }",
        "variables": {"c": [{"externalId": "c1", "email": "eva@example.org", "name": "Eva Muster"}]}}"#
            .replace('\n', " ");
    let answer = server.post(token.trim_end(), "write-7", &body);
    assert!(answer.contains("x-request-id: write-7") && answer.contains("\"accepted\":1"), "{answer}");
    let refused = server.post(
        token.trim_end(),
        "fail-8",
        r#"{"query": "{ customer(externalId: \"eva@example.org\") { nope } }"}"#,
    );
    assert!(refused.contains("x-request-id: fail-8"), "{refused}");
    let stranger = server.post("ndl_stolen", "who-9", "{}");
    assert!(stranger.starts_with("HTTP/1.1 401"), "{stranger}");
    // The recompute works on after the answer.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let log = server.stop();
    let of = |id: &str| {
        let own = |line: &&Value| {
            line["spans"].as_array().is_some_and(|spans| spans.iter().any(|span| span["request_id"] == id))
        };
        log.iter().filter(own).collect::<Vec<_>>()
    };
    let written = of("write-7");
    let answered = written.iter().find(|line| line["fields"]["message"] == "answered").expect("its line");
    let fields = &answered["fields"];
    assert_eq!((&fields["route"], &fields["status"]), (&"/graphql".into(), &200.into()), "{answered}");
    assert_eq!((&fields["operation"], &fields["operation_type"]), (&"Write".into(), &"mutation".into()), "{answered}");
    assert_eq!(fields["viewer"], "ada");
    assert!(written.iter().any(|line| line["fields"]["message"] == "a run ended"), "the run it started: {log:#?}");
    assert_eq!((of("fail-8").is_empty(), of("who-9").is_empty()), (false, false));
}

/// Damages every stored week, so that whatever run has to read one fails.
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
    run(folder, &["import", "responses", "responses.csv"]);
    run(folder, &["recompute"]);
    damage(folder).await;
    // A new segment is scored over every week.
    let segments = r#"[{"key": "eu", "name": "Europe", "filter": {"attribute": {"name": "region", "in": ["EU"]}}}]"#;
    std::fs::write(folder.join("segments.json"), segments).expect("written");
    run(folder, &["import", "segments", "segments.json"]);
    let variables = [
        ("NEEDLE_SCHEDULE_DAILY_CRON", "* * * * * *"),
        ("NEEDLE_SCHEDULE_ATTEMPTS", "2"),
        ("NEEDLE_SCHEDULE_RETRY_AFTER_SECONDS", "1"),
    ];
    let server = Server::start_with(folder, &variables);
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let log = server.stop();
    let begun = said(&log, "a scheduled run begins");
    let failed = said(&log, "a scheduled run failed: it will be tried again");
    assert_eq!(begun["span"]["run"], failed["span"]["run"], "{log:#?}");
    assert!(failed["span"]["run"].is_u64() && failed["span"]["trigger"] == "schedule", "{failed}");
    let given_up = said(&log, "a scheduled run failed for the last time");
    assert!(given_up["span"]["run"].as_u64() > failed["span"]["run"].as_u64(), "{given_up}");
}
