//! A temporary PostgreSQL cluster of the machine's own binaries, started once per test process and deleted with it.
//! Under cargo-nextest, which runs every test in a separate process, it is started once per run.
//!
//! It listens only on a Unix socket in its own folder. PostgreSQL refuses to run as root: for root it runs as the user
//! `postgres`. A watchdog outside this process stops and deletes it, because statics are never dropped and a test
//! process may be ended by a signal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;

use crate::postgres_programs::{PostgresPrograms, binaries, succeed};

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

/// A running cluster.
#[derive(Debug)]
pub struct PostgresCluster {
    folder: PathBuf,
    /// The watchdog of a cluster that this process has started; it waits until this process ends.
    _watchdog: Option<Child>,
}

/// A run of cargo-nextest, which shares one cluster.
#[derive(Debug)]
struct SharedRun {
    /// The process of cargo-nextest.
    runner: u32,
    /// The file that names the folder of the cluster. Its lock is held while the cluster starts.
    name: PathBuf,
}

static SHARED: OnceLock<Option<PostgresCluster>> = OnceLock::new();

impl PostgresCluster {
    /// The cluster of this process or run; a new one is passed to `prepare` first. On a machine without PostgreSQL it
    /// is `None` with a message on standard error, or a panic under `CI=true`.
    pub fn shared(prepare: fn(&Self)) -> Option<&'static Self> {
        let start = || {
            let Some(binaries) = binaries() else {
                assert!(
                    std::env::var("CI").as_deref() != Ok("true"),
                    "no initdb in /usr/lib/postgresql/*/bin or PATH: PostgreSQL tests cannot run"
                );
                say("\n*** NO POSTGRESQL FOUND: EVERY TEST NAMED on_postgres IS SKIPPED ***\n");
                return None;
            };
            let run = SharedRun::of_process();
            let start = |run: Option<&SharedRun>| {
                let cluster = Self::start(&binaries, run);
                prepare(&cluster);
                cluster
            };
            Some(run.map_or_else(|| start(None), |run| run.cluster(|| start(Some(&run)))))
        };
        SHARED.get_or_init(start).as_ref()
    }

    /// The address of a database in this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{OWNER}@localhost/{database}?host={}", self.folder.display())
    }

    fn start(binaries: &Path, run: Option<&SharedRun>) -> Self {
        let folder = tempfile::Builder::new().prefix("needle-postgres-").tempdir().expect("a temporary folder").keep();
        let programs = PostgresPrograms::of(binaries, &folder);
        let watchdog = programs.watch(run.map(|run| (run.runner, run.name.as_path())));
        let data = folder.join("data");
        let encoding = ["--encoding=UTF8", "--no-locale", "--auth=trust", "--no-sync", "--username", OWNER];
        succeed(programs.command("initdb").args(encoding).arg("--pgdata").arg(&data));
        let settings = format!("{SETTINGS}unix_socket_directories = '{}'\n", folder.display());
        let configuration = File::options().append(true).open(data.join("postgresql.conf"));
        configuration.and_then(|mut file| file.write_all(settings.as_bytes())).expect("the cluster's settings");
        let mut start = programs.command("pg_ctl");
        start.args(["start", "--wait", "--silent"]).arg("--pgdata").arg(&data).arg("--log").arg(folder.join("log"));
        succeed(&mut start);
        Self { folder, _watchdog: Some(watchdog) }
    }
}

impl SharedRun {
    /// The run that started this process, unless `cargo test` did.
    fn of_process() -> Option<Self> {
        let id = std::env::var("NEXTEST_RUN_ID").ok()?;
        let name = std::env::current_exe().expect("this program").with_file_name(format!("postgres-{id}"));
        Some(Self { runner: std::os::unix::process::parent_id(), name })
    }

    /// The cluster of the run: the first of its processes starts it.
    fn cluster(&self, start: impl FnOnce() -> PostgresCluster) -> PostgresCluster {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&self.name);
        let mut file = file.expect("the file that names the cluster");
        file.lock().expect("the lock of the file");
        let mut folder = String::new();
        file.read_to_string(&mut folder).expect("the name of a folder");
        if !folder.is_empty() {
            return PostgresCluster { folder: folder.into(), _watchdog: None };
        }
        let cluster = start();
        file.write_all(cluster.folder.display().to_string().as_bytes()).expect("named");
        cluster
    }
}

/// Writes to standard error past the test harness, which captures the output of a passing test.
fn say(text: &str) {
    std::io::stderr().lock().write_all(text.as_bytes()).expect("standard error");
}
