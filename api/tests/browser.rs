//! The leaders' pages in a real browser: the programs of `tests/browser`, run by Node against a live demo.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A live server on the sample company; it ends with this value.
struct Server {
    child: Child,
    url: String,
    token: String,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Makes the sample company, and serves it to whoever has a token.
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = run(needle(folder.path()).args(["demo", "--no-serve", "--data-dir", "."]));
        assert!(made.0, "{}", made.1);
        let mut create = needle(folder.path());
        let token = create.args(["token", "create", "--name", "Ines Okafor", "--role", "leader"]).output();
        let token = String::from_utf8(token.expect("the binary starts").stdout).expect("text").trim().to_owned();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = needle(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
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

fn needle(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_needle"));
    command.current_dir(folder).env_remove("NEEDLE_DATABASE_URL").env_remove("NEEDLE_CONFIG");
    command.env("RUST_LOG", "info").stdin(Stdio::null());
    command
}

/// Chromium's binary: the one that `NEEDLE_CHROMIUM` names, or Debian's.
fn chromium() -> PathBuf {
    std::env::var_os("NEEDLE_CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from)
}

/// The folder of the programs, with what they need installed. Without Node or Chromium `None`, said loudly, and under
/// `CI=true` a panic.
fn programs() -> Option<PathBuf> {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|told| told.status.success());
    if !has("node") || !has("npm") || !chromium().is_file() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "no node, no npm or no Chromium: the pages cannot be tried"
        );
        // Past the test harness, which keeps what a passing test prints to itself.
        let said = b"\n*** NO NODE, NO NPM OR NO CHROMIUM FOUND: THE TESTS OF tests/browser ARE SKIPPED ***\n\n";
        let _ = std::io::stderr().lock().write_all(said);
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser");
    let installed = run(Command::new("npm").args(["ci", "--ignore-scripts", "--silent"]).current_dir(&folder));
    assert!(installed.0, "npm ci: {}", installed.1);
    Some(folder)
}

/// Whether a command succeeded, and all it said.
fn run(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn people_do_their_work_on_the_pages() {
    let Some(folder) = programs() else { return };
    let server = Server::start();
    let mut stories = Command::new("npm");
    stories.args(["run", "--silent", "pages"]).current_dir(folder).env("NEEDLE_CHROMIUM", chromium());
    let (passed, said) = run(stories.env("NEEDLE_URL", &server.url).env("NEEDLE_TOKEN", &server.token));
    assert!(passed && said.contains("9 stories of the pages passed"), "{said}");
}

#[test]
fn the_lock_file_names_no_registry() {
    let lock = include_str!("../../tests/browser/package-lock.json");
    assert!(lock.contains("\"integrity\"") && !lock.contains("resolved"), "omit-lockfile-registry-resolved is off");
    assert!(!lock.contains("://"), "the lock file holds an address");
}
