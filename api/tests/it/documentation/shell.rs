//! Runs the commands of a document as a reader would: in one shell, from top to bottom, in an empty folder.
//!
//! The script has one line for each line of the document, so that an error names the line. Files that the document
//! shows are written at that point. [`stand_in`] provides the programs that the commands call.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use needle_tests::TestDatabase;

use super::markdown::{Block, Document, root};
use super::stand_in;

/// The address that servers have in the documents.
const ADDRESS: &str = "127.0.0.1:8080";

/// The PostgreSQL database in the documents.
const POSTGRES: &str = "postgres://needle@localhost/needle";

/// The delimiter of here-documents in the script.
const END: &str = "END_OF_FILE";

/// Runs the commands of a document; the error contains the line and the output.
pub fn run(document: &Document) -> Result<(), String> {
    let Some(script) = script(document)? else { return Ok(()) };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (stand_ins, work) = (folder.path().join("stand-ins"), folder.path().join("work"));
    stand_in::write(&stand_ins, &work).map_err(|error| error.to_string())?;
    let address = free_address()?;
    let script = script.replace(ADDRESS, &address.to_string());
    let file = stand_ins.join(document.name.replace('/', "-"));
    fs::write(&file, script).map_err(|error| error.to_string())?;
    let output = shell(&stand_ins, &work, address).arg(&file).output();
    let output = output.map_err(|error| format!("no bash: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {stderr}", document.name))
}

/// An address that is free and stays so until the server of a document takes it: its port is below those that systems
/// give to whoever asks for any, such as the servers of other tests.
fn free_address() -> Result<SocketAddr, String> {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() % 10_000;
    let ports = std::iter::repeat_with(|| u32::from(TAKEN.fetch_add(1, Ordering::Relaxed))).take(1_000);
    let mut addresses = ports.map(|taken| {
        let port = u16::try_from(20_000 + (first + taken) % 10_000).expect("below 30,000");
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    });
    addresses.find(|address| TcpListener::bind(address).is_ok()).ok_or_else(|| "no port is free".to_owned())
}

fn shell(stand_ins: &Path, work: &Path, address: SocketAddr) -> Command {
    let mut command = Command::new("bash");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NEEDLE_")) {
        command.env_remove(name);
    }
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .current_dir(work)
        .env("BASH_ENV", stand_ins.join("before"))
        .env("BINARY", env!("CARGO_BIN_EXE_needle"))
        .env("NEEDLE_LISTEN", address.to_string())
        .env("OUTER_PATH", &path)
        .env("PATH", format!("{}:{path}", stand_ins.display()))
        .env("ROOT", root())
        .env("RUST_LOG", "warn")
        .env("STAND_INS", stand_ins)
        .stdin(Stdio::null());
    command
}

/// The script, with one line for each line of the document; `None` when the document has no commands.
fn script(document: &Document) -> Result<Option<String>, String> {
    let mut lines = vec![String::new(); document.text.lines().count()];
    let text: Vec<&str> = document.text.lines().collect();
    let mut has_commands = false;
    for block in document.blocks() {
        let (before, after) = (block.lines.start - 1, block.lines.end);
        match (block.language, block.file) {
            ("sh", _) => {
                has_commands = true;
                let Some(postgres) = postgres_of(document, &block) else { continue };
                for at in block.lines {
                    lines[at] = with_readiness_wait(text[at]).replace(POSTGRES, &postgres);
                }
                continue;
            }
            ("toml", None) => lines[before] = format!("needle config check - >/dev/null <<'{END}'"),
            ("csv" | "json" | "toml" | "graphql", Some(name)) => lines[before] = format!("cat >'{name}' <<'{END}'"),
            ("js", _) => {
                let query = query_of(document, &block)?;
                lines[before] = format!("subscribes '{}'", serde_json::json!({ "query": query }));
                continue;
            }
            ("csv", None) => {
                return Err(format!("{}:{}: the paragraph above must name the file", document.name, before + 1));
            }
            _ => continue,
        }
        for at in block.lines {
            text[at].clone_into(&mut lines[at]);
        }
        END.clone_into(&mut lines[after]);
    }
    Ok(has_commands.then(|| lines.join("\n") + "\n"))
}

/// A command line; a server that is started in the background gets a wait until it is ready.
fn with_readiness_wait(line: &str) -> String {
    let command = line.split(" #").next().unwrap_or_default().trim_end();
    match command.strip_suffix('&') {
        Some(command) if command.starts_with("needle ") => {
            format!("IN_BACKGROUND=1 {command} >\"$STAND_INS/log\" 2>&1 & serving")
        }
        _ => line.to_owned(),
    }
}

/// The subscription in a JavaScript program.
fn query_of(document: &Document, block: &Block<'_>) -> Result<String, String> {
    let text = document.text_of(block);
    let query = text.split_once("query: '").and_then(|(_, rest)| rest.split_once('\''));
    let query = query.map(|(query, _)| query.to_owned());
    query.ok_or_else(|| format!("{}:{}: a program without a query", document.name, block.lines.start))
}

/// The address of a real database for a block that uses PostgreSQL; `None` where this machine has none, which prints a
/// notice and fails under `CI=true`.
fn postgres_of(document: &Document, block: &Block<'_>) -> Option<String> {
    if !document.text_of(block).contains(POSTGRES) {
        return Some(String::new());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    Some(runtime.block_on(TestDatabase::postgres())?.url)
}
