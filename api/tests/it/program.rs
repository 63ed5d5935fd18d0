//! Node programs that run against the binary: installs what they need, and runs one at a time.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::binary::{BinaryServer, needle};

/// An installed folder of Node programs. Only one can be open at a time: a browser, a compiler and their server keep
/// two cores busy.
pub struct ProgramFolder {
    /// The path of the folder below `tests`.
    pub path: PathBuf,
    _lock: File,
}

impl ProgramFolder {
    /// Waits until no other test runs programs, and opens the folder of this name in `tests` with its packages
    /// installed and built by npm.
    ///
    /// Tests may be threads or processes, so the mutual exclusion is a file lock. A file below `node_modules` records
    /// the inputs of the installation; `npm ci` deletes it with everything else.
    pub fn open(name: &str, commands: &[&[&str]]) -> Self {
        let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("node.lock")).expect("a file");
        lock.lock().expect("the lock of the file");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(name);
        let (stamp, inputs) = (path.join("node_modules/.needle"), inputs(&path));
        // Without the file nothing is installed yet.
        if fs::read_to_string(&stamp).ok().as_ref() != Some(&inputs) {
            for arguments in commands {
                let (done, output) = run(Command::new("npm").args(*arguments).current_dir(&path));
                assert!(done, "npm {}: {output}", arguments.join(" "));
            }
            fs::write(&stamp, inputs).expect("written");
        }
        Self { path, _lock: lock }
    }

    /// An npm script of this folder, with the address and token of a server.
    pub fn script(&self, name: &str, url: &str, token: &str) -> Command {
        let mut command = Command::new("npm");
        command.args(["run", "--silent", name]).current_dir(&self.path);
        command.env("NEEDLE_URL", url).env("NEEDLE_TOKEN", token);
        command
    }
}

/// A hash of the inputs of the installation: the versions of Node and npm, the files of the folder and the schema.
fn inputs(folder: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    for program in ["node", "npm"] {
        run(Command::new(program).arg("--version")).hash(&mut hasher);
    }
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql")];
    collect_sources(folder, &mut files);
    files.sort();
    for file in files {
        let content = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (file, content).hash(&mut hasher);
    }
    hasher.finish().to_string()
}

/// Adds the files of a folder that neither npm nor a compiler generated.
fn collect_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        if path.is_dir() {
            if !["node_modules", "__generated__"].contains(&name) {
                collect_sources(&path, files);
            }
        } else if path.extension().is_none_or(|extension| extension != "js") && !name.contains(".d.") {
            files.push(path);
        }
    }
}

/// A server in a temporary folder, with a token.
pub struct ProgramServer {
    /// The URL without a path.
    pub url: String,
    /// A token of the role that the server was started for.
    pub token: String,
    _server: BinaryServer,
    _folder: tempfile::TempDir,
}

impl ProgramServer {
    /// A server with the sample company and a token of this name and role.
    pub fn with_demo(name: &str, role: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (made, output) = run(&mut needle(folder.path(), &["demo", "--no-serve", "--data-dir", "."]));
        assert!(made, "{output}");
        Self::start(folder, name, role)
    }

    /// A server with an empty database and a token of this name and role.
    pub fn empty(name: &str, role: &str) -> Self {
        Self::start(tempfile::tempdir().expect("a folder"), name, role)
    }

    fn start(folder: tempfile::TempDir, name: &str, role: &str) -> Self {
        let created = needle(folder.path(), &["token", "create", "--name", name, "--role", role]).output();
        let created = created.expect("the binary starts");
        assert!(created.status.success(), "{created:?}");
        let token = String::from_utf8(created.stdout).expect("text").trim().to_owned();
        let server = BinaryServer::start(folder.path(), "info", &[]);
        Self { url: format!("http://{}", server.address), token, _server: server, _folder: folder }
    }
}

/// True when this machine has a program.
pub fn has(program: &str) -> bool {
    match Command::new(program).arg("--version").output() {
        Ok(output) => output.status.success(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => panic!("{program}: {error}"),
    }
}

/// Whether this machine has all that the programs of a folder need. If not, prints a notice that their tests are
/// skipped; panics under `CI=true`.
pub fn has_all(folder: &str, needed: &[(&str, bool)]) -> bool {
    let missing: Vec<&str> = needed.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    let message = format!("no {}: the tests of tests/{folder} cannot run", missing.join(", no "));
    if missing.is_empty() {
        return true;
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
    // Bypasses the test harness, which captures the output of passing tests.
    let mut output = std::io::stderr().lock();
    writeln!(output, "\n*** {} AND ARE SKIPPED ***\n", message.to_uppercase()).expect("standard error");
    false
}

/// Runs a command; returns whether it succeeded, and all its output.
pub fn run(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

/// Fails when a lock file contains the addresses of its packages.
pub fn check_lock(lock: &str, remedy: &str) {
    assert!(lock.contains("\"integrity\"") && !lock.contains("resolved"), "{remedy}");
    assert!(!lock.contains("://"), "the lock file contains an address: {remedy}");
}
