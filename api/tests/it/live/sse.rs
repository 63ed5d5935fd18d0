//! Tests of server-sent events: refusals before a stream, and the events of a stream.

use std::time::Duration;

use api::graphql::ApiSettings;
use api::live::LiveTimings;
use entity::token::Role;
use needle_tests::on_sqlite;

use super::server::LiveServer;

const PROGRESS: &str = "subscription { runProgress { state } }";

#[test]
fn an_operation_and_its_errors_are_sent_as_events() {
    on_sqlite(async |on| {
        let live_timings = LiveTimings { keep_alive: Duration::from_millis(200), ..LiveTimings::default() };
        let server = LiveServer::start(on, ApiSettings { live_timings, ..ApiSettings::default() }).await;
        let token = server.token("ada", Role::Viewer).await;
        let ingest = server.token("tool", Role::Ingest).await;
        let mut query = server.events(&token, "{ viewer { name } }").await;
        let text = query.until("event: complete").await;
        assert!(text.contains(" 200 ") && text.contains("content-type: text/event-stream"), "{text}");
        assert!(text.contains("event: next\ndata: {\"data\":{\"viewer\":{\"name\":\"ada\"}}"), "{text}");
        for (token, document, code) in [
            (&token, "{ unknown }", "BAD_USER_INPUT"),
            (&token, "subscription { runProgress { unknown } }", "BAD_USER_INPUT"),
            (&ingest, PROGRESS, "FORBIDDEN"),
        ] {
            let mut refused = server.events(token, document).await;
            let text = refused.until("event: complete").await;
            assert!(text.contains("event: next\ndata: {\"errors\":[") && text.contains(code), "{text}");
        }
        let stranger = server.events("ndl_wrong", PROGRESS).await.until("UNAUTHENTICATED").await.to_owned();
        assert!(stranger.contains(" 401 ") && stranger.contains("application/json"), "{stranger}");
        let mut alive = server.events(&token, PROGRESS).await;
        alive.until("\n:\n\n").await;
        server.revoke("ada").await;
        let text = alive.until("event: complete").await;
        assert!(text.contains("UNAUTHENTICATED"), "{text}");
        server.until_open(0).await;
    });
}

#[test]
fn a_get_may_subscribe_only_with_accept_event_stream_and_never_writes() {
    on_sqlite(async |on| {
        let server = LiveServer::start(on, ApiSettings::default()).await;
        let token = server.token("ada", Role::Admin).await;
        let get = |accept: &str, query: &str| {
            format!(
                "GET /graphql?query={query} HTTP/1.1\r\nConnection: close\r\nAccept: {accept}\r\nAuthorization: Bearer {token}"
            )
        };
        let subscription = "subscription%7BrunProgress%7Bstate%7D%7D";
        let mut stream = server.stream(&get("text/event-stream", subscription), "").await;
        stream.until("text/event-stream").await;
        server.until_open(1).await;
        drop(stream);
        server.until_open(0).await;
        let mutation = "mutation%7BcancelRun(input:%7Bid:%22x%22%7D)%7Brun%7Bid%7D%7D%7D";
        server.stream(&get("text/event-stream", mutation), "").await.until(" 405 ").await;
        server.stream(&get("application/json", subscription), "").await.until(" 405 ").await;
        let head = format!(
            "POST /graphql HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}"
        );
        let body = serde_json::json!({ "query": PROGRESS }).to_string();
        server.stream(&head, &body).await.until("/graphql/ws").await;
    });
}
