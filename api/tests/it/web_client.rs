//! Runs public test suites and real GraphQL clients (the programs of `tests/web-client`, with Node) against the binary.

use std::process::Command;

use crate::program::{ProgramFolder, ProgramServer, check_lock, has, has_all, run};

/// The npm scripts of the clients.
const CLIENTS: [&str; 5] = ["relay", "codegen", "tada", "apollo", "urql"];

/// The programs, installed from the lock file, with generated code and type-checked. `None` without Node.
fn web_client() -> Option<ProgramFolder> {
    let commands = [&["ci", "--ignore-scripts", "--silent"][..], &["run", "--silent", "build"]];
    let can_run = has_all("web-client", &[("node", has("node")), ("npm", has("npm"))]);
    can_run.then(|| ProgramFolder::open("web-client", &commands))
}

/// The command of a script, with the API address and token of a server.
fn script(folder: &ProgramFolder, name: &str, server: &ProgramServer) -> Command {
    folder.script(name, &format!("{}/graphql", server.url), &server.token)
}

#[test]
fn the_server_passes_every_public_audit_of_graphql_over_http() {
    let Some(folder) = web_client() else { return };
    let (passed, output) = run(&mut script(&folder, "audit", &ProgramServer::empty("ada", "admin")));
    assert!(passed && output.contains("61 of 61 audits passed"), "{output}");
}

#[test]
fn subscription_clients_follow_runs_over_websockets_and_server_sent_events() {
    let Some(folder) = web_client() else { return };
    let (passed, output) = run(&mut script(&folder, "subscriptions", &ProgramServer::empty("ada", "admin")));
    assert!(passed && output.contains("graphql-ws: passed\ngraphql-sse: passed"), "{output}");
}

#[test]
fn every_client_reads_pages_and_logs_a_decision() {
    let Some(folder) = web_client() else { return };
    let server = ProgramServer::with_demo("ada", "admin");
    for client in CLIENTS {
        let (passed, output) = run(&mut script(&folder, client, &server));
        assert!(passed && output.contains("a decision refused, and one logged"), "{client}: {output}");
    }
}

#[test]
fn the_schema_passes_the_linter() {
    let Some(folder) = web_client() else { return };
    let (passed, output) = run(Command::new("npm").args(["run", "--silent", "lint"]).current_dir(&folder.path));
    assert!(passed && output.contains("0 errors detected") && !output.contains("invalid"), "{output}");
}

#[test]
fn the_lock_file_contains_no_registry() {
    check_lock(include_str!("../../../tests/web-client/package-lock.json"), "npm run lock");
}
