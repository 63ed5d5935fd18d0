//! Tests of tokens from an identity provider over a real socket.

use super::*;
use crate::auth::jwt::tests::issuer::SigningKey;
use crate::auth::jwt::tests::{claims, key_set, settings};
use crate::auth::jwt::{IdentityProvider, JwksOrigin};

async fn server(key: &SigningKey) -> (TestServer, tempfile::TempDir) {
    let (directory, path) = key_set(&[key.jwk("k")]);
    let provider = IdentityProvider::open(settings(JwksOrigin::File(path)), NOW).await.expect("a provider");
    let (settings, access) = (ApiSettings::default(), AccessConfig::default());
    (TestServer::start_trusting(Some(provider), None, settings, access).await, directory)
}

#[tokio::test]
async fn a_person_of_the_provider_is_recorded_by_name_in_the_audit_log() {
    let key = SigningKey::ed25519();
    let (server, _directory) = server(&key).await;
    let ada = key.token(&json!({"alg": "EdDSA", "kid": "k"}), &claims());
    let log = "mutation { logDecision(input: {externalId: \"d\", title: \"T\", takesEffectOn: \"2024-08-01\", expectedImpact: 3})
        { decision { owner } } }";
    let logged = server.execute(&ada, log, json!({})).await;
    assert_eq!(logged["data"]["logDecision"]["decision"]["owner"], "ada@example.org", "{logged}");
    let admin = server.token("anna", Role::Admin).await;
    let entries = server.execute(&admin, "{ auditEntries { nodes { actor role field outcome } } }", json!({})).await;
    let expected = json!({"actor": "ada@example.org", "role": "LEADER", "field": "logDecision", "outcome": "DONE"});
    assert_eq!(entries["data"]["auditEntries"]["nodes"], json!([expected]), "{entries}");
    let body = json!({"token": ada}).to_string();
    let signed_in = server.send("POST /sign-in HTTP/1.1\r\nContent-Type: application/json", &body).await;
    assert_eq!(
        (signed_in.status, &signed_in.json()["expiresAt"]),
        (200, &json!("2024-07-01T12:10:00Z")),
        "{}",
        signed_in.body
    );
}

#[tokio::test]
async fn an_invalid_token_gets_a_challenge_with_the_reason_and_no_part_of_the_token() {
    let key = SigningKey::ed25519();
    let (server, _directory) = server(&key).await;
    let query = json!({"query": "{ viewer { name } }"});
    let mut expired = claims();
    expired["exp"] = json!(1);
    let mut without_role = claims();
    without_role["realm_access"] = json!({});
    let header = json!({"alg": "EdDSA", "kid": "k"});
    for (token, status, code, error, description) in [
        (key.token(&header, &expired), 401, "UNAUTHENTICATED", "invalid_token", "the token has expired"),
        (
            key.token(&json!({"alg": "EdDSA", "kid": "secret-kid"}), &claims()),
            401,
            "UNAUTHENTICATED",
            "invalid_token",
            "the key that signed the token is not among those of the issuer",
        ),
        ("ndl_wrong".to_owned(), 401, "UNAUTHENTICATED", "invalid_token", "the token is unknown or was revoked"),
        (
            key.token(&header, &without_role),
            403,
            "FORBIDDEN",
            "insufficient_scope",
            "the token names none of the roles of this api",
        ),
    ] {
        let reply = server.post(&token, JSON, &query).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.body);
        let challenge = format!(
            "www-authenticate: bearer realm=\"needle\", error=\"{error}\", error_description=\"{description}\"\r\n"
        );
        assert!(reply.head.contains(&challenge), "{}", reply.head);
        // Not the raw reply for the name: a random request id may contain it.
        assert!(!reply.raw.contains("secret-kid") && !reply.body.contains("ada"), "{}", reply.raw);
    }
    let without_provider = TestServer::start(None).await;
    assert_eq!(without_provider.post(&key.token(&header, &claims()), JSON, &query).await.status, 401);
}
