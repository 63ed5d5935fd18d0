//! Webhooks of the binary: what survives a kill, and the commands for what was kept.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::binary::{BinaryServer, needle};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How often the server is killed.
const KILLS: usize = 4;

/// How many deliveries it acknowledges before, at least.
const BEFORE_KILL: usize = 5;

/// Sends a signed delivery; `None` when there was no whole reply.
fn deliver(address: &str, id: &str, body: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the server under test has the clock of the machine")]
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let key = STANDARD.decode(&KEY["whsec_".len()..]).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "POST /hooks/generic HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\nwebhook-id: {id}\r\n\
         webhook-timestamp: {seconds}\r\nwebhook-signature: v1,{signature}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    (!reply.is_empty()).then_some(reply)
}

fn response(id: &str) -> String {
    json!({"response_id": id, "score": 9, "responded_at": "2024-06-28T10:00:00Z", "customer_id": "c1"}).to_string()
}

/// The standard output of a command, as JSON, and its exit status.
fn command(folder: &Path, arguments: &[&str]) -> (Value, Option<i32>) {
    let output = needle(folder, arguments).env("NEEDLE_CONFIG", "needle.toml").output().expect("the binary starts");
    let text = String::from_utf8(output.stdout).expect("text");
    (serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")), output.status.code())
}

/// The ids of all stored responses.
fn stored(folder: &Path) -> Vec<String> {
    std::fs::write(folder.join("q.graphql"), "{ responses(first: 1000) { nodes { externalId } } }").expect("written");
    let (read, _) = command(folder, &["query", "q.graphql"]);
    let nodes = read["data"]["responses"]["nodes"].as_array().expect("nodes").iter();
    nodes.map(|node| node["externalId"].as_str().expect("an id").to_owned()).collect()
}

fn configure(folder: &Path, map: &str) {
    let text = format!("[hooks]\ngeneric = [\"{KEY}\"]\nper_second = 10000\n[hooks.map]\ngeneric = {map}\n");
    std::fs::write(folder.join("needle.toml"), text).expect("written");
}

#[test]
fn what_was_acknowledged_is_stored_once_whenever_the_server_is_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    configure(folder, "[]");
    let (mut sent, mut acknowledged) = (BTreeSet::new(), BTreeSet::new());
    for kill in 0..KILLS {
        let server = BinaryServer::start(folder, "info", &[("NEEDLE_CONFIG", "needle.toml")]);
        let address = server.address.clone();
        let received = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&received);
        let sending = std::thread::spawn(move || {
            let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
            for at in 0.. {
                let id = format!("r{kill}-{at}");
                sent.push(id.clone());
                match deliver(&address, &id, &response(&id)) {
                    Some(reply) if reply.starts_with("HTTP/1.1 200") => {
                        acknowledged.push(id);
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                    Some(reply) => panic!("{reply}"),
                    None => break,
                }
            }
            (sent, acknowledged)
        });
        while received.load(Ordering::Relaxed) < BEFORE_KILL && !sending.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis([0, 3, 7, 11][kill]));
        server.stop();
        let (more, received) = sending.join().expect("no panic");
        sent.extend(more);
        acknowledged.extend(received);
        let stored: BTreeSet<String> = stored(folder).into_iter().collect();
        assert!(acknowledged.is_subset(&stored), "{:?}", acknowledged.difference(&stored));
    }
    assert!(acknowledged.len() >= KILLS * BEFORE_KILL, "{}", acknowledged.len());
    let server = BinaryServer::start(folder, "info", &[("NEEDLE_CONFIG", "needle.toml")]);
    for id in &sent {
        let reply = deliver(&server.address, id, &response(id)).expect("a reply");
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    }
    drop(server);
    let stored = stored(folder);
    assert_eq!(stored.len(), sent.len());
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), sent);
}

#[test]
fn what_is_kept_is_listed_and_read_again_once_its_columns_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    configure(folder, "[]");
    let server = BinaryServer::start(folder, "info", &[("NEEDLE_CONFIG", "needle.toml")]);
    let body = json!({"rid": "r1", "how_was_it": 9, "responded_at": "2024-06-28T10:00:00Z"}).to_string();
    let reply = deliver(&server.address, "m1", &body).expect("a reply");
    assert!(reply.starts_with("HTTP/1.1 202"), "{reply}");
    let hopeless = deliver(&server.address, "m2", "[]").expect("a reply");
    assert!(hopeless.starts_with("HTTP/1.1 202"), "{hopeless}");
    drop(server);
    let (listed, status) = command(folder, &["hooks", "list", "--json"]);
    assert_eq!((listed.as_array().map(Vec::len), status), (Some(2), Some(0)), "{listed}");
    assert_eq!(
        (&listed[1]["id"], &listed[1]["code"], &listed[1]["attempts"]),
        (&json!(1), &json!("UNKNOWN_SHAPE"), &json!(1))
    );
    let doctor = needle(folder, &["doctor", "--quick"]).output().expect("the binary starts");
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.contains("2 deliveries of generic could not be read"), "{doctor}");
    configure(folder, "[\"response_id=rid\", \"score=how_was_it\"]");
    let (retried, status) = command(folder, &["hooks", "retry", "--all", "--json"]);
    assert_eq!((&retried["settled"], &retried["waiting"], status), (&json!(1), &json!(1), Some(3)), "{retried}");
    assert_eq!(stored(folder), ["r1"]);
    let (retried, status) = command(folder, &["hooks", "retry", "1", "--json"]);
    assert_eq!((&retried["deliveries"][0]["state"], status), (&json!("accepted"), Some(0)));
    let missing = needle(folder, &["hooks", "retry", "99"]).output().expect("the binary starts");
    assert_eq!(missing.status.code(), Some(1));
    let (every, _) = command(folder, &["hooks", "list", "--all", "--json"]);
    assert_eq!(every.as_array().map(Vec::len), Some(2));
    let shown = needle(folder, &["config", "show"]).env("NEEDLE_CONFIG", "needle.toml").output().expect("starts");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("generic = [\"(secret)\"]") && !shown.contains(KEY), "{shown}");
}
