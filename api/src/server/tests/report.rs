//! Tests of `/report`: permissions, headers and parameters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::token::Role;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{AccessConfig, ApiSettings, TestReply, TestServer};
use crate::graphql::limit::RequestLimits;

impl TestServer {
    async fn report(&self, query: &str, headers: &str) -> TestReply {
        self.send(&format!("GET /report{query} HTTP/1.1{headers}"), "").await
    }
}

fn bearer(token: &str) -> String {
    format!("\r\nAuthorization: Bearer {token}")
}

#[tokio::test]
async fn only_roles_that_may_read_get_a_report() {
    let server = TestServer::start(None).await;
    for (role, status) in [(Role::Viewer, 200), (Role::Leader, 200), (Role::Admin, 200), (Role::Ingest, 403)] {
        let token = server.token(&format!("{role:?}"), role).await;
        let reply = server.report("", &bearer(&token)).await;
        assert_eq!(reply.status, status, "{role:?}: {}", reply.body);
        let withheld = reply.body.contains("Only leaders can read");
        assert_eq!(withheld, role == Role::Viewer, "{role:?}");
    }
    assert_eq!(server.report("", "").await.status, 401);
    assert_eq!(server.report("", "\r\nCookie: needle_session=guessed").await.status, 401);
    assert_eq!(server.report("", &bearer("ndl_guessed")).await.status, 401);
}

#[tokio::test]
async fn a_session_is_enough_to_read_and_the_page_may_load_nothing() {
    let server = TestServer::start(None).await;
    let token = server.token("lea", Role::Leader).await;
    let body = json!({ "token": token }).to_string();
    let reply = server.send("POST /sign-in HTTP/1.1\r\nContent-Type: application/json", &body).await;
    let secret = reply.raw.split("needle_session=").nth(1).and_then(|rest| rest.split(';').next()).expect("a cookie");
    let report = server.report("?form=brief", &format!("\r\nCookie: needle_session={secret}")).await;
    assert_eq!(report.status, 200, "{}", report.body);
    let style = report.body.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policy = report.raw.lines().find(|line| line.starts_with("content-security-policy")).expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains(&format!("'sha256-{hash}'")), "{policy}");
    assert!(report.head.contains("cache-control: no-store") && report.head.contains("vary: authorization, cookie"));
}

#[tokio::test]
async fn a_report_is_charged_to_the_budget() {
    let limits = RequestLimits { cost: 1_000, cost_per_second: 10, ..RequestLimits::default() };
    let settings = ApiSettings { limits, ..ApiSettings::default() };
    let server = TestServer::start_with(None, settings, AccessConfig::default()).await;
    let token = bearer(&server.token("lea", Role::Leader).await);
    let refused = server.report("", &token).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "LIMIT_EXCEEDED"), "{}", refused.body);
    assert!(refused.head.contains("retry-after: "), "{}", refused.head);
}

#[tokio::test]
async fn parameters_choose_the_report_and_wrong_ones_are_refused() {
    let server = TestServer::start(None).await;
    let token = bearer(&server.token("lea", Role::Leader).await);
    let markdown = server.report("?format=md&as_of=2024-06-30", &token).await;
    assert!(markdown.body.starts_with("# ") && markdown.head.contains("text/markdown"), "{}", markdown.body);
    for query in ["?as_of=2024-07-02", "?as_of=yesterday", "?format=pdf", "?form=yearly", "?who=me"] {
        let refused = server.report(query, &token).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "BAD_USER_INPUT"), "{query}");
    }
}
