//! PostgreSQL's own programs on this machine: where they are, as which user they run, and the watchdog that ends a
//! cluster.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Waits until every writer of its standard input has ended, and until a run of cargo-nextest, if there is one, has
/// ended; then stops the cluster and deletes its folder and the file that names it.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM
runner="$1" folder="$2" name="$3"
shift 3
cat > /dev/null
while [ -n "$runner" ] && kill -0 "$runner"; do sleep 0.2; done
cd "$folder" && "$@"
rm -rf "$folder" "$name"
"#;

/// PostgreSQL's own programs, run as a user that PostgreSQL accepts.
pub struct PostgresPrograms<'a> {
    binaries: &'a Path,
    folder: &'a Path,
    as_root: bool,
}

impl<'a> PostgresPrograms<'a> {
    /// The programs for a folder, whose owner becomes the user that they run as.
    pub fn of(binaries: &'a Path, folder: &'a Path) -> Self {
        let as_root = std::fs::metadata(folder).expect("the temporary folder").uid() == 0;
        if as_root {
            succeed(Command::new("chown").arg("postgres").arg(folder));
        }
        Self { binaries, folder, as_root }
    }

    /// A command of one of the programs, in the folder.
    pub fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if self.as_root {
            let mut as_postgres = Command::new("runuser");
            as_postgres.args(["-u", "postgres", "--"]).arg(program);
            as_postgres
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder);
        command
    }

    /// Starts the watchdog that stops the cluster in the folder once this process has ended. With `run`, the process of
    /// a run and the file that names its cluster, it waits for the end of that process too.
    pub fn watch(&self, run: Option<(u32, &Path)>) -> Child {
        let (runner, name) = run.unzip();
        let stop = self.command("pg_ctl");
        Command::new("sh")
            .args(["-c", WATCHDOG, "sh"])
            .arg(runner.map_or_else(String::new, |process| process.to_string()))
            .arg(self.folder)
            .arg(name.unwrap_or(self.folder))
            .arg(stop.get_program())
            .args(stop.get_args())
            .args(["stop", "--mode=immediate", "--silent", "--pgdata=data"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A separate process group: an interrupt at the terminal must not stop it before it has cleaned up.
            .process_group(0)
            .spawn()
            .expect("a watchdog for the cluster")
    }
}

/// The folder of the machine's newest PostgreSQL programs; `None` where there are none.
///
/// Distributions keep them in a folder per version; a program of the same name in `PATH` may be a wrapper.
pub fn binaries() -> Option<PathBuf> {
    let versions = match std::fs::read_dir("/usr/lib/postgresql") {
        Ok(entries) => entries.map(|entry| entry.expect("an entry of /usr/lib/postgresql")).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("/usr/lib/postgresql: {error}"),
    };
    // A folder whose name is not a number contains no version.
    let version = |entry: &std::fs::DirEntry| entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
    let mut versioned: Vec<_> =
        versions.iter().filter_map(|entry| Some((version(entry)?, entry.path().join("bin")))).collect();
    versioned.sort();
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&in_path).collect::<Vec<_>>();
    versioned.into_iter().rev().map(|(_, folder)| folder).chain(in_path).find(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// Runs a command to its end; panics when it fails.
pub fn succeed(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&printed));
}
