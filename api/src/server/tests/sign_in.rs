//! Tests of sessions: signing in, sending requests and signing out; requests forged by other sites are refused.

use chrono_tz::UTC;
use entity::store;
use entity::token::Role;
use serde_json::{Value, json};

use super::{NOW, TestReply, TestServer};

const QUERY: &str = "{\"query\": \"{ viewer { name role } }\"}";

impl TestServer {
    async fn sign_in(&self, token: &str, more: &str) -> TestReply {
        let head = format!("POST /sign-in HTTP/1.1\r\nContent-Type: application/json{more}");
        self.send(&head, &json!({ "token": token }).to_string()).await
    }

    async fn query(&self, headers: &str) -> TestReply {
        let head = format!("POST /graphql HTTP/1.1\r\nContent-Type: application/json{headers}");
        self.send(&head, QUERY).await
    }
}

fn cookie(reply: &TestReply, name: &str) -> String {
    let start = format!("set-cookie: {name}=");
    let line = reply.head.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{}", reply.head));
    line.to_owned()
}

/// The value of a cookie with its original case.
fn value(reply: &TestReply, name: &str) -> String {
    let at = reply.raw.find(&format!("{name}=")).unwrap_or_else(|| panic!("{}", reply.raw));
    reply.raw[at + name.len() + 1..].split(';').next().expect("a value").to_owned()
}

#[tokio::test]
async fn a_person_signs_in_with_a_token_sends_requests_by_cookie_and_signs_out() {
    let server = TestServer::start(None).await;
    let token = server.token("lea", Role::Leader).await;
    let signed_in = server.sign_in(&token, "").await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    assert_eq!((&signed_in.json()["name"], &signed_in.json()["role"]), (&json!("lea"), &json!("LEADER")));
    let expires_at = NOW.plus_seconds(12 * 3_600).to_utc().with_timezone(&UTC).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(signed_in.json()["expiresAt"], expires_at);
    let line = cookie(&signed_in, "needle_session");
    for attribute in ["; httponly", "; samesite=lax", "; path=/", "; max-age=43200"] {
        assert!(line.contains(attribute), "{line}");
    }
    assert!(!line.contains("; secure") && !cookie(&signed_in, "needle_csrf").contains("httponly"));
    let (secret, csrf) = (value(&signed_in, "needle_session"), value(&signed_in, "needle_csrf"));
    assert_eq!(signed_in.json()["csrfToken"], csrf);
    assert!(!signed_in.body.contains(&secret) && !secret.contains(&token));

    let session = format!("\r\nCookie: a=b; needle_session={secret}");
    let reply = server.query(&format!("{session}\r\nX-CSRF-Token: {csrf}")).await;
    assert_eq!(reply.json()["data"]["viewer"], json!({"name": "lea", "role": "LEADER"}), "{}", reply.body);
    for forged in ["", "\r\nX-CSRF-Token: 1", &format!("\r\nX-CSRF-Token: {secret}")] {
        let refused = server.query(&format!("{session}{forged}")).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"), "{}", refused.body);
    }
    let get = server.send(&format!("GET /graphql?query=%7B__typename%7D HTTP/1.1{session}"), "").await;
    assert_eq!(get.status, 403);

    let out = "POST /sign-out HTTP/1.1";
    assert_eq!(server.send(&format!("{out}{session}"), "").await.status, 403);
    let ended = server.send(&format!("{out}{session}\r\nX-CSRF-Token: {csrf}"), "").await;
    assert_eq!(ended.status, 204);
    assert!(cookie(&ended, "needle_session").contains("max-age=0"), "{}", ended.head);
    assert_eq!(server.query(&format!("{session}\r\nX-CSRF-Token: {csrf}")).await.status, 401);
    assert_eq!(server.send(out, "").await.status, 204);
}

#[tokio::test]
async fn a_session_ends_with_the_token_that_began_it() {
    let server = TestServer::start(None).await;
    let token = server.token("lea", Role::Leader).await;
    let signed_in = server.sign_in(&token, "").await;
    let both = format!(
        "\r\nCookie: needle_session={}\r\nX-CSRF-Token: {}",
        value(&signed_in, "needle_session"),
        value(&signed_in, "needle_csrf")
    );
    assert_eq!(server.query(&both).await.status, 200);
    store::token::revoke(server.database.writer(), "lea", NOW).await.expect("revoked");
    assert_eq!(server.query(&both).await.status, 401);
    assert_eq!(server.sign_in(&token, "").await.status, 401);
}

#[tokio::test]
async fn malformed_and_cross_site_sign_ins_are_refused() {
    let server = TestServer::start(None).await;
    let token = server.token("lea", Role::Leader).await;
    assert_eq!(server.sign_in(&token, "\r\nOrigin: https://evil.example.org").await.status, 403);
    assert_eq!(server.sign_in(&token, "\r\nSec-Fetch-Site: cross-site").await.status, 403);
    assert_eq!(server.sign_in(&token, "\r\nOrigin: http://localhost").await.status, 200);
    assert_eq!(server.sign_in("ndl_wrong", "").await.status, 401);
    for (content_type, body, status) in [
        ("text/plain", format!("token={token}"), 415),
        ("application/json", "{}".to_owned(), 400),
        ("application/json", "{".to_owned(), 400),
        ("application/x-www-form-urlencoded", "other=1".to_owned(), 400),
        ("application/x-www-form-urlencoded", format!("token={token}"), 303),
        ("application/json", format!("{{\"token\": \"{}\"}}", "x".repeat(20_000)), 413),
    ] {
        let reply = server.send(&format!("POST /sign-in HTTP/1.1\r\nContent-Type: {content_type}"), &body).await;
        assert_eq!(reply.status, status, "{content_type}: {}", reply.body);
        assert_eq!(reply.head.contains("set-cookie"), status == 303);
    }
    let other = server.send("PUT /sign-in HTTP/1.1", "").await;
    assert_eq!(
        (other.status, other.json()["errors"][0]["message"].clone()),
        (405, Value::from("expected GET or POST"))
    );
}

#[tokio::test]
async fn cookies_are_secure_except_on_a_loopback_host() {
    let server = TestServer::start(None).await;
    let token = server.token("lea", Role::Leader).await;
    let body = json!({ "token": token }).to_string();
    let length = body.len();
    let reply = server
        .send_raw(&format!(
            "POST /sign-in HTTP/1.1\r\nHost: needle.example.org\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
    assert!(cookie(&reply, "needle_session").contains("; secure"), "{}", reply.head);
}
