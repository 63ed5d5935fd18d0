//! A server on a damaged database says so at its start.

use entity::{ConnectionTrait as _, Database};

use crate::binary::{BinaryServer, needle};

#[test]
fn damage_is_told_at_the_start_and_in_the_detail_of_readyz() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let decision = r#"[{"externalId": "d1", "title": "Free delivery", "owner": "ada", "takesEffectOn": "2030-01-01",
        "horizonWeeks": 8, "expectedImpact": 3}]"#;
    std::fs::write(folder.join("decisions.json"), decision).expect("written");
    let imported = needle(folder, &["import", "decisions", "decisions.json"]).output().expect("the binary starts");
    assert!(imported.status.success(), "{imported:?}");
    let server = BinaryServer::start(folder, "info", &[]);
    assert!(server.request("GET /readyz", &[], "").ends_with(r#"{"ready":true}"#));
    server.stop();
    let url = format!("sqlite://{}", folder.join("needle.db").display());
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let database = Database::connect(&url).await.expect("a database");
        let damage = "UPDATE decision SET title = CAST(x'ff6162fe' AS TEXT)";
        database.writer().execute_unprepared(damage).await.expect("damaged");
        database.close().await.expect("closed");
    });
    let mut server = BinaryServer::start(folder, "info", &[]);
    let told = server.wait_for(|line| line["fields"]["area"] == "contents");
    let message = told["fields"]["message"].as_str().expect("a message");
    assert!(message.contains("1 row of the table decision cannot be read: id 1: "), "{message}");
    let ready = server.request("GET /readyz", &[], "");
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("damaged in its contents"), "{ready}");
    assert!(server.request("GET /metrics", &[], "").contains("needle_damage 1"));
}
