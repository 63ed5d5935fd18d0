//! Public suites and real clients against the real binary: the programs of `tests/web-client`, run by Node.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::program::{Server, check_lock, has_node, run, skip};

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

/// The folder of the programs, with what they need installed. Without Node `None`, said loudly, and under `CI=true` a
/// panic.
fn web_client() -> Option<PathBuf> {
    if !has_node() {
        skip("tests/web-client", "node or no npm");
        return None;
    }
    let folder = PROGRAMS.as_ref().unwrap_or_else(|said| panic!("{said}")).clone();
    Some(folder)
}

/// A server with an empty database.
fn empty_server() -> Server {
    Server::start_in(tempfile::tempdir().expect("a folder"), "ada", "admin")
}

/// A script of the folder, told where to find a server.
fn script(folder: &Path, name: &str, server: &Server) -> Command {
    let mut command = Command::new("npm");
    command.args(["run", "--silent", name]).current_dir(folder);
    command.env("NEEDLE_URL", format!("{}/graphql", server.url)).env("NEEDLE_TOKEN", &server.token);
    command
}

#[test]
fn every_public_audit_of_graphql_over_http_is_passed_without_a_warning() {
    let Some(folder) = web_client() else { return };
    let (passed, said) = run(&mut script(&folder, "audit", &empty_server()));
    assert!(passed && said.contains("61 of 61 audits passed"), "{said}");
}

#[test]
fn the_clients_of_subscriptions_follow_runs_over_websockets_and_server_sent_events() {
    let Some(folder) = web_client() else { return };
    let (passed, said) = run(&mut script(&folder, "subscriptions", &empty_server()));
    assert!(passed && said.contains("graphql-ws: passed\ngraphql-sse: passed"), "{said}");
}

#[test]
fn every_client_reads_pages_and_logs_a_decision() {
    let Some(folder) = web_client() else { return };
    let server = Server::start_demo("ada", "admin");
    for client in CLIENTS {
        let (passed, said) = run(&mut script(&folder, client, &server));
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
    check_lock(include_str!("../../../tests/web-client/package-lock.json"), "npm run lock");
}
