//! Tests of persisted queries over a real socket.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::*;
use crate::graphql::document::DocumentStore;

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn persisted(text: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": hash(text)}})
}

#[tokio::test]
async fn a_document_can_be_requested_by_hash_after_it_was_executed() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Viewer).await;
    let (good, bad) = ("query Who { viewer { name } }", "query Bad { nope }");
    for query in [good, bad] {
        let named = json!({ "extensions": persisted(query) });
        let unknown = server.post(&token, RESPONSE, &named).await;
        let error = &unknown.json()["errors"][0];
        assert_eq!((unknown.status, unknown.code().as_str()), (200, "PERSISTED_QUERY_NOT_FOUND"), "{}", unknown.body);
        assert_eq!((&error["message"], unknown.json().get("data")), (&json!("PersistedQueryNotFound"), None));
        let sent = server.post(&token, RESPONSE, &json!({"query": query, "extensions": persisted(query)})).await;
        assert_eq!(sent.status == 200, query == good, "{}", sent.body);
        let again = server.post(&token, RESPONSE, &named).await;
        let is_stored = again.json()["data"]["viewer"]["name"] == "anna";
        assert_eq!(is_stored, query == good, "only executable documents are stored: {}", again.body);
    }
    let extensions = format!("%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{}%22%7D%7D", hash(good));
    let get =
        format!("GET /graphql?operationName=Who&extensions={extensions} HTTP/1.1\r\nAuthorization: Bearer {token}");
    assert_eq!(server.send(&get, "").await.json()["data"]["viewer"]["name"], "anna");
    let forged = server.post(&token, RESPONSE, &json!({"query": bad, "extensions": persisted(good)})).await;
    assert_eq!((forged.status, forged.code().as_str()), (400, "BAD_USER_INPUT"));
    for broken in [json!({"persistedQuery": 1}), json!({"persistedQuery": {"version": 2, "sha256Hash": hash(good)}})] {
        assert_eq!(server.post(&token, RESPONSE, &json!({ "extensions": broken })).await.status, 400);
    }
    let write = "mutation Write { recompute(input: {key: \"k\"}) { run { id } } }";
    let sent = server.post(&token, RESPONSE, &json!({"query": write, "extensions": persisted(write)})).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let extensions = extensions.replace(&hash(good), &hash(write));
    let get = format!("GET /graphql?extensions={extensions} HTTP/1.1\r\nAuthorization: Bearer {token}");
    assert_eq!(server.send(&get, "").await.status, 405, "a persisted mutation is not safe to repeat either");
}

#[tokio::test]
async fn a_persisted_document_is_authorised_for_each_viewer() {
    let server = TestServer::start(None).await;
    let (admin, viewer) = (server.token("anna", Role::Admin).await, server.token("bo", Role::Viewer).await);
    let query = "query Log { auditEntries { totalCount } }";
    let sent = server.post(&admin, RESPONSE, &json!({"query": query, "extensions": persisted(query)})).await;
    assert_eq!(sent.json()["data"]["auditEntries"]["totalCount"], 0, "{}", sent.body);
    let named = json!({ "extensions": persisted(query) });
    let again = server.post(&admin, RESPONSE, &named).await;
    assert_eq!(again.json()["data"]["auditEntries"]["totalCount"], 0, "{}", again.body);
    let refused = server.post(&viewer, RESPONSE, &named).await;
    assert_eq!((refused.code().as_str(), &refused.json()["data"]), ("FORBIDDEN", &Value::Null), "{}", refused.body);
}

#[tokio::test]
async fn with_only_manifest_no_other_document_is_executed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("manifest.json");
    std::fs::write(&path, r#"{"who-1": "query Who { viewer { name } }"}"#).expect("written");
    let documents = Arc::new(DocumentStore::default().with_manifest(&path, true).expect("a manifest"));
    let server =
        TestServer::start_with(None, ApiSettings { documents, ..ApiSettings::default() }, AccessConfig::default())
            .await;
    let token = server.token("anna", Role::Admin).await;
    let named = server.post(&token, RESPONSE, &json!({"documentId": "who-1"})).await;
    assert_eq!(named.json()["data"]["viewer"]["name"], "anna", "{}", named.body);
    let get = format!("GET /graphql?documentId=who-1 HTTP/1.1\r\nAuthorization: Bearer {token}");
    assert_eq!(server.send(&get, "").await.json()["data"]["viewer"]["name"], "anna");
    let sent = server.post(&token, RESPONSE, &json!({"query": "query Who { viewer { name } }"})).await;
    assert_eq!(sent.status, 200, "the exact text of the manifest");
    let introspection = "{ __schema { queryType { name } } }";
    for other in [
        json!({ "query": introspection }),
        json!({"query": introspection, "extensions": persisted(introspection)}),
        json!({"query": "query Who { viewer { name } }\n"}),
    ] {
        let refused = server.post(&token, RESPONSE, &other).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"), "{}", refused.body);
    }
    let unknown = server.post(&token, RESPONSE, &json!({"documentId": "who-2"})).await;
    assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND");
}
