//! Public suites and real clients against the real binary: the programs of `tests/web-client`, run by Node.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

/// The programs, installed by the lock file, generated and type-checked: once for all tests.
static PROGRAMS: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/web-client");
    for step in [&["ci", "--ignore-scripts", "--silent"], &["run", "--silent", "build"][..]] {
        let (done, said) = run(Command::new("npm").args(step).current_dir(&folder));
        if !done {
            return Err(format!("npm {}: {said}", step.join(" ")));
        }
    }
    Ok(folder)
});

/// The clients with a program of their own, by the name of its npm script.
const CLIENTS: [&str; 5] = ["relay", "codegen", "tada", "apollo", "urql"];

/// A live server with a database of its own; it ends with this value.
struct Server {
    child: Child,
    url: String,
    token: String,
    _folder: tempfile::TempDir,
}

impl Server {
    /// With an empty database.
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"))
    }

    /// With the sample company.
    fn start_demo() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (made, said) = run(&mut needle(folder.path(), &["demo", "--no-serve", "--data-dir", "."]));
        assert!(made, "{said}");
        Self::start_in(folder)
    }

    fn start_in(folder: tempfile::TempDir) -> Self {
        let made = needle(folder.path(), &["token", "create", "--name", "ada", "--role", "admin"]).output();
        let token = String::from_utf8(made.expect("the binary starts").stdout).expect("text").trim().to_owned();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = needle(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
        let child = command.stdout(Stdio::null()).stderr(writer).spawn().expect("the binary starts");
        // The command holds the other end of the pipe as long as it lives.
        drop(command);
        let mut log = BufReader::new(reader);
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(log.read_line(&mut line).expect("a line") > 0, "the server ended before it listened");
            let told: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = told["fields"]["address"].as_str() {
                break address.to_owned();
            }
        };
        // A server whose log nobody reads would wait for a reader.
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Self { child, url: format!("http://{address}/graphql"), token, _folder: folder }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn needle(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_needle"));
    command.current_dir(folder).args(arguments).env_remove("NEEDLE_DATABASE_URL").env_remove("NEEDLE_CONFIG");
    command.env("RUST_LOG", "info").stdin(Stdio::null());
    command
}

/// The folder of the programs, with what they need installed. Without Node `None`, said loudly, and under `CI=true` a
/// panic.
fn web_client() -> Option<PathBuf> {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|told| told.status.success());
    if !has("node") || !has("npm") {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no node or no npm in PATH: web clients cannot run");
        // Past the test harness, which keeps what a passing test prints to itself.
        let said = b"\n*** NO NODE OR NO NPM FOUND: THE TESTS OF tests/web-client ARE SKIPPED ***\n\n";
        let _ = std::io::stderr().lock().write_all(said);
        return None;
    }
    let folder = PROGRAMS.as_ref().unwrap_or_else(|said| panic!("{said}")).clone();
    Some(folder)
}

/// Whether a command succeeded, and all it said.
fn run(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn every_public_audit_of_graphql_over_http_is_passed_without_a_warning() {
    let Some(folder) = web_client() else { return };
    let server = Server::start();
    let mut audit = Command::new("npm");
    audit.args(["run", "--silent", "audit"]).current_dir(folder);
    let (passed, said) = run(audit.env("NEEDLE_URL", &server.url).env("NEEDLE_TOKEN", &server.token));
    assert!(passed && said.contains("61 of 61 audits passed"), "{said}");
}

#[test]
fn the_clients_of_subscriptions_follow_runs_over_websockets_and_server_sent_events() {
    let Some(folder) = web_client() else { return };
    let server = Server::start();
    let mut clients = Command::new("npm");
    clients.args(["run", "--silent", "subscriptions"]).current_dir(folder);
    let (passed, said) = run(clients.env("NEEDLE_URL", &server.url).env("NEEDLE_TOKEN", &server.token));
    assert!(passed && said.contains("graphql-ws: passed\ngraphql-sse: passed"), "{said}");
}

#[test]
fn every_client_reads_pages_and_logs_a_decision() {
    let Some(folder) = web_client() else { return };
    let server = Server::start_demo();
    for client in CLIENTS {
        let mut program = Command::new("npm");
        program.args(["run", "--silent", client]).current_dir(&folder);
        let (passed, said) = run(program.env("NEEDLE_URL", &server.url).env("NEEDLE_TOKEN", &server.token));
        assert!(passed && said.contains("a decision refused, and one logged"), "{client}: {said}");
    }
}

#[test]
fn the_schema_is_as_the_linter_has_it() {
    let Some(folder) = web_client() else { return };
    let (passed, said) = run(Command::new("npm").args(["run", "--silent", "lint"]).current_dir(folder));
    assert!(passed && said.contains("0 errors detected") && !said.contains("invalid"), "{said}");
}

#[test]
fn the_lock_file_names_no_registry() {
    let lock = include_str!("../../tests/web-client/package-lock.json");
    assert!(lock.contains("\"integrity\"") && !lock.contains("resolved"), "npm run lock");
    assert!(!lock.contains("://"), "the lock file holds an address: npm run lock");
}
