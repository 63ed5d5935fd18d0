//! Runs the binary: commands in a folder, and servers that are killed when their value is dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a server may take until it logs the line that a test waits for.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The arguments of a server with a JSON log.
const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];

/// A command in a folder, without `NEEDLE_` variables and without standard input.
pub fn needle(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_needle"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"NEEDLE_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).args(arguments).env("RUST_LOG", "warn").stdin(Stdio::null());
    command
}

/// A server on the database in a folder; it is killed when this is dropped.
pub struct BinaryServer {
    child: Child,
    /// Its IP address and port.
    pub address: String,
    /// The lines of its log that were not read yet.
    lines: Mutex<Receiver<String>>,
    /// The lines of its log that were read, for messages.
    logged: String,
}

impl BinaryServer {
    /// Starts a server with a JSON log at this level and additional variables, and waits until it listens.
    pub fn start(folder: &Path, level: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = needle(folder, &SERVE);
        command.env("RUST_LOG", level).envs(variables.iter().copied());
        Self::spawn(command)
    }

    /// Starts a server whose files may not grow, as on a full disk, and waits until it listens.
    pub fn start_without_room(folder: &Path) -> Self {
        let mut command = needle(folder, &SERVE);
        let server = command.get_program().to_owned();
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -S -f 0; exec \"$0\" \"$@\""]).arg(server).args(SERVE);
        for (name, value) in command.env("RUST_LOG", "info").get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.current_dir(folder).stdin(Stdio::null());
        Self::spawn(shell)
    }

    /// Lets the files of the server grow again.
    pub fn give_room(&self) {
        let process = self.child.id().to_string();
        let given = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &process]).status();
        assert!(given.expect("prlimit of util-linux").success());
    }

    fn spawn(mut command: Command) -> Self {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = command.stdout(Stdio::null()).stderr(writer).spawn().expect("the binary starts");
        // The command keeps the write end of the pipe open until it is dropped.
        drop(command);
        let (sender, lines) = mpsc::channel();
        // Always read: a server whose log is not read would block on a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines() {
                if sender.send(line.expect("a line of the log")).is_err() {
                    return; // The server was dropped.
                }
            }
        });
        let mut server = Self { child, address: String::new(), lines: Mutex::new(lines), logged: String::new() };
        server.wait_until_it_listens();
        server
    }

    /// Waits until it listens, for the first time or again.
    pub fn wait_until_it_listens(&mut self) {
        let listening = self.wait_for(|line| line["fields"]["address"].is_string());
        listening["fields"]["address"].as_str().expect("an address").clone_into(&mut self.address);
    }

    /// The processor time that the server has used so far, in milliseconds.
    pub fn processor_ms(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the process");
        // The fields after the name in parentheses, by proc_pid_stat(5): utime and stime are the 14th and 15th of all.
        let fields = stat.rsplit(") ").next().expect("fields").split(' ').skip(11).take(2);
        let ticks: u64 = fields.map(|field| field.parse::<u64>().expect("ticks")).sum();
        ticks * 10
    }

    /// The memory of the server that is resident now, in KiB.
    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        resident.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Sends one request and returns the whole reply.
    pub fn request(&self, method_and_path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let always = format!("Host: x\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        let mut request = format!("{method_and_path} HTTP/1.1\r\n{always}");
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).expect("sent");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        reply
    }

    /// Sends a GraphQL request with a token and returns the whole reply.
    pub fn post(&self, token: &str, body: &str) -> String {
        let bearer = format!("Bearer {token}");
        self.request("POST /graphql", &[("Content-Type", "application/json"), ("Authorization", &bearer)], body)
    }

    /// Waits for the next line of the log that matches, and returns it.
    pub fn wait_for(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.get_mut().expect("no panic").recv_timeout(TIMEOUT);
            let line = line.unwrap_or_else(|error| panic!("{error} before the expected line: {}", self.logged));
            self.logged.push_str(&line);
            self.logged.push('\n');
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if is_wanted(&line) {
                return line;
            }
        }
    }

    /// Asks the server to stop as service managers do, and returns its exit status.
    pub fn terminate(mut self) -> ExitStatus {
        let process = Pid::from_child(&self.child);
        kill_process(process, Signal::TERM).expect("the process runs");
        self.child.wait().expect("the server ends")
    }

    /// Kills the server and returns its whole log.
    pub fn stop(mut self) -> String {
        self.end().expect("the server is killed");
        let rest: Vec<String> = self.lines.get_mut().expect("no panic").iter().collect();
        std::mem::take(&mut self.logged) + &rest.join("\n")
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(|_| ())
    }
}

impl Drop for BinaryServer {
    fn drop(&mut self) {
        let ended = self.end();
        // A second panic would abort the process before the first one is reported.
        if !std::thread::panicking() {
            ended.expect("the server is killed");
        }
    }
}
