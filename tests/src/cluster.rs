//! A throw-away PostgreSQL cluster of the machine's own binaries, started once per test process and gone with it.
//!
//! It listens on a Unix socket in its own folder only. PostgreSQL refuses to run as root: for root it runs as the user
//! `postgres`. A watchdog outside this process stops and deletes it, because statics are never dropped and a test
//! process may end by a signal.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The user that owns the cluster's databases.
const OWNER: &str = "needle";

/// Settings of a cluster that need not survive a crash; every test may open a pool of its own.
const SETTINGS: &str = "
listen_addresses = ''
max_connections = 300
shared_buffers = 64MB
max_wal_size = 256MB
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
deadlock_timeout = 100ms
";

/// Waits until nobody holds its standard input any more; then stops the cluster and deletes its folder.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM
folder="$1"
shift
cat > /dev/null
cd "$folder" && "$@"
rm -rf "$folder"
"#;

/// A running cluster.
#[derive(Debug)]
pub struct PostgresCluster {
    folder: PathBuf,
    binaries: PathBuf,
    as_root: bool,
    watchdog: Option<Child>,
}

static SHARED: OnceLock<Option<PostgresCluster>> = OnceLock::new();

impl PostgresCluster {
    /// The cluster of this process. On a machine without PostgreSQL `None`, said loudly, and under `CI=true` a panic.
    pub fn shared() -> Option<&'static Self> {
        let start = || {
            let Some(binaries) = binaries() else {
                assert!(
                    std::env::var("CI").as_deref() != Ok("true"),
                    "no initdb in /usr/lib/postgresql/*/bin or PATH: PostgreSQL tests cannot run"
                );
                say("\n*** NO POSTGRESQL FOUND: EVERY TEST NAMED on_postgres IS SKIPPED ***\n");
                return None;
            };
            Some(Self::start(binaries))
        };
        SHARED.get_or_init(start).as_ref()
    }

    /// The address of a database in this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{OWNER}@localhost/{database}?host={}", self.folder.display())
    }

    fn start(binaries: PathBuf) -> Self {
        let folder = tempfile::Builder::new().prefix("needle-postgres-").tempdir().expect("a temporary folder").keep();
        let as_root = std::fs::metadata(&folder).expect("the temporary folder").uid() == 0;
        let mut cluster = Self { folder, binaries, as_root, watchdog: None };
        if as_root {
            run(Command::new("chown").arg("postgres").arg(&cluster.folder));
        }
        cluster.watchdog = Some(cluster.watch());
        let data = cluster.folder.join("data");
        let encoding = ["--encoding=UTF8", "--no-locale", "--auth=trust", "--no-sync", "--username", OWNER];
        run(cluster.command("initdb").args(encoding).arg("--pgdata").arg(&data));
        let settings = format!("{SETTINGS}unix_socket_directories = '{}'\n", cluster.folder.display());
        let configuration = std::fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"));
        configuration.and_then(|mut file| file.write_all(settings.as_bytes())).expect("the cluster's settings");
        let log = cluster.folder.join("log");
        run(cluster
            .command("pg_ctl")
            .args(["start", "--wait", "--silent"])
            .arg("--pgdata")
            .arg(&data)
            .arg("--log")
            .arg(log));
        cluster
    }

    fn watch(&self) -> Child {
        let stop = self.command("pg_ctl");
        Command::new("sh")
            .args(["-c", WATCHDOG, "sh"])
            .arg(&self.folder)
            .arg(stop.get_program())
            .args(stop.get_args())
            .args(["stop", "--mode=immediate", "--silent", "--pgdata=data"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: an interrupt at the terminal must not stop it before it has cleaned up.
            .process_group(0)
            .spawn()
            .expect("a watchdog for the cluster")
    }

    /// One of PostgreSQL's own programs, run as a user whom PostgreSQL accepts.
    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if self.as_root {
            let mut as_postgres = Command::new("runuser");
            as_postgres.args(["-u", "postgres", "--"]).arg(program);
            as_postgres
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder);
        command
    }
}

/// The folder of the machine's newest PostgreSQL programs.
///
/// Distributions keep them in a folder per version; a program of the same name in `PATH` may be a wrapper.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |entry: &std::fs::DirEntry| entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
    let mut versioned: Vec<_> =
        versions.filter_map(|entry| Some((version(&entry)?, entry.path().join("bin")))).collect();
    versioned.sort();
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&in_path).collect::<Vec<_>>();
    versioned.into_iter().rev().map(|(_, folder)| folder).chain(in_path).find(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
}

/// Speaks past the test harness, which keeps what a passing test prints to itself.
fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
