//! The memory of a server stays flat under requests that are never the same.

use crate::binary::{BinaryServer, needle};

/// Requests after which caches and the allocator have what they need.
const WARM_UP: usize = 2_000;

/// Requests whose memory is measured.
const MEASURED: usize = 6_000;

/// The clients that send them at the same time.
const CLIENTS: usize = 2;

/// Requests with names, aliases, filters and values that no other one has, reads and writes.
fn send(server: &BinaryServer, token: &str, from: usize, requests: usize) {
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                for number in (from..from + requests).filter(|number| number % CLIENTS == client) {
                    let query = match number % 4 {
                        0 => format!("query Viewer{number} {{ alias{number}: viewer {{ name }} }}"),
                        1 => format!(
                            "query Customer{number} {{ customer(externalId: \"customer {number}\") {{ externalId }} \
                             responses(first: 1, filter: {{customerExternalId: \"{number}\"}}) {{ nodes {{ score }} }} }}"
                        ),
                        2 => format!(
                            "query Nps{number} {{ nps(where: {{attribute: {{name: \"plan\", in: [\"{number}\"]}}}}) \
                             {{ score }} }}"
                        ),
                        _ => format!(
                            "mutation Write{number} {{ upsertCustomers(input: {{customers: [{{externalId: \
                             \"c{}\", name: \"{number}\", attributes: {{plan: \"gold\"}}}}]}}) {{ accepted }} }}",
                            number % 50
                        ),
                    };
                    let reply = server.post(token, &serde_json::json!({ "query": query }).to_string());
                    assert!(reply.starts_with("HTTP/1.1 200") && !reply.contains("\"errors\""), "{query}: {reply}");
                }
            });
        }
    });
}

#[test]
fn memory_stays_flat_under_requests_that_are_never_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let made = needle(folder, &["token", "create", "--name", "ada", "--role", "admin"]).output().expect("a token");
    let token = String::from_utf8(made.stdout).expect("text");
    let responses = "response_id,score,responded_at,customer_id,plan\nr1,9,2024-07-01,c1,gold\n";
    std::fs::write(folder.join("responses.csv"), responses).expect("written");
    for arguments in [&["import", "responses", "responses.csv"][..], &["recompute"]] {
        let done = needle(folder, arguments).output().expect("the binary starts");
        assert!(done.status.success(), "{done:?}");
    }
    let server = BinaryServer::start(folder, "info", &[]);
    send(&server, token.trim(), 0, WARM_UP);
    let before = server.memory_kib();
    send(&server, token.trim(), WARM_UP, MEASURED);
    let after = server.memory_kib();
    // What each request leaves behind for good adds up: a kilobyte of each would be six megabytes.
    assert!(after < before + before / 20, "{before} KiB, after {MEASURED} requests more {after} KiB");
}
