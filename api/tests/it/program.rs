//! Programs that Node runs against the real binary: what the tests of them share.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A live server with a database of its own; it ends with this value.
pub struct Server {
    child: Child,
    /// Where it is, without a path.
    pub url: String,
    /// The token of whoever it was started for.
    pub token: String,
    _folder: tempfile::TempDir,
}

impl Server {
    /// With the sample company, for somebody in a role.
    pub fn start_demo(name: &str, role: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (made, said) = run(&mut needle(folder.path(), &["demo", "--no-serve", "--data-dir", "."]));
        assert!(made, "{said}");
        Self::start_in(folder, name, role)
    }

    /// With the database of a folder, or an empty one, for somebody in a role.
    pub fn start_in(folder: tempfile::TempDir, name: &str, role: &str) -> Self {
        let made = needle(folder.path(), &["token", "create", "--name", name, "--role", role]).output();
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
        Self { child, url: format!("http://{address}"), token, _folder: folder }
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

/// True when this machine has Node and npm.
pub fn has_node() -> bool {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|told| told.status.success());
    has("node") && has("npm")
}

/// Says loudly that tests are skipped for want of something; under `CI=true` a panic instead.
pub fn skip(folder: &str, missing: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no {missing}: {folder} cannot run");
    // Past the test harness, which keeps what a passing test prints to itself.
    let said = format!("\n*** NO {}: THE TESTS OF {folder} ARE SKIPPED ***\n\n", missing.to_uppercase());
    let _ = std::io::stderr().lock().write_all(said.as_bytes());
}

/// Whether a command succeeded, and all it said.
pub fn run(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Fails when a lock file names where its packages come from.
pub fn check_lock(lock: &str, remedy: &str) {
    assert!(lock.contains("\"integrity\"") && !lock.contains("resolved"), "{remedy}");
    assert!(!lock.contains("://"), "the lock file holds an address: {remedy}");
}
