//! A server that is started on a full disk reads, refuses what it cannot write, and goes on once there is room.

use crate::binary::{BinaryServer, needle};

fn output(folder: &std::path::Path, arguments: &[&str]) -> String {
    let output = needle(folder, arguments).output().expect("the binary starts");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

fn upsert(id: &str) -> String {
    format!(
        r#"{{"query": "mutation {{ upsertCustomers(input: {{customers: [{{externalId: \"{id}\"}}]}}) {{ accepted }} }}"}}"#
    )
}

#[test]
fn a_server_that_starts_on_a_full_disk_reads_and_writes_once_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let token = output(folder, &["token", "create", "--name", "ada", "--role", "admin"]);
    // A server that was killed leaves a log behind, from which the next one has to read.
    let killed = BinaryServer::start(folder, "info", &[]);
    assert!(killed.post(&token, &upsert("before")).contains("\"accepted\":1"));
    killed.stop();
    let mut server = BinaryServer::start_without_room(folder);
    let customer = r#"{"query": "{ customer(externalId: \"before\") { externalId } }"}"#;
    let read = server.post(&token, customer);
    assert!(read.contains(r#""externalId":"before""#), "{read}");
    let ready = server.request("GET /readyz", &[], "");
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("the disk of the database is full"), "{ready}");
    let refused = server.post(&token, &upsert("refused"));
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: "), "{refused}");
    server.give_room();
    server.wait_until_it_listens();
    let ready = server.request("GET /readyz", &[], "");
    assert!(ready.ends_with(r#"{"ready":true}"#), "{ready}");
    assert!(server.post(&token, &upsert("after")).contains("\"accepted\":1"));
    // Other processes can open the file again, and see what was acknowledged and nothing else.
    std::fs::write(folder.join("q.graphql"), "{ customers { nodes { externalId } } }").expect("written");
    let found = output(folder, &["query", "q.graphql"]);
    assert!(found.contains("before") && found.contains("after") && !found.contains("refused"), "{found}");
}
