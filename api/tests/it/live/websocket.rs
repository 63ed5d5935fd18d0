//! Tests of the protocol `graphql-transport-ws`: messages, close codes, authentication and limits.

use std::time::Duration;

use api::graphql::ApiSettings;
use api::graphql::limit::RequestLimits;
use api::live::LiveTimings;
use entity::token::Role;
use futures_util::SinkExt as _;
use needle_tests::on_sqlite;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::server::LiveServer;

const PROGRESS: &str = "subscription { runProgress { state } }";

fn fast() -> ApiSettings {
    let live_timings = LiveTimings {
        keep_alive: Duration::from_millis(200),
        connection_init: Duration::from_millis(300),
        poll: Duration::from_millis(50),
    };
    ApiSettings { live_timings, ..ApiSettings::default() }
}

#[test]
fn every_violation_of_the_protocol_closes_with_its_code() {
    on_sqlite(async |on| {
        let server = LiveServer::start(on, fast()).await;
        let token = server.token("ada", Role::Admin).await;
        assert_eq!(server.connect_with("", &[]).await.closed().await, 4406);
        assert_eq!(server.connect().await.closed().await, 4408, "no connection_init");
        let mut early = server.connect().await;
        early.subscribe("1", PROGRESS).await;
        assert_eq!(early.closed().await, 4401);
        for payload in [json!({}), json!({"Authorization": "Bearer ndl_wrong"}), json!({"Authorization": "Basic x"})] {
            let mut stranger = server.connect().await;
            stranger.init(&payload).await;
            assert_eq!(stranger.closed().await, 4403, "{payload}");
        }
        let mut twice = server.connect_as(&token).await;
        twice.init(&json!({})).await;
        assert_eq!(twice.closed().await, 4429);
        for text in ["x", "{}", r#"{"type": "start"}"#, r#"{"type": "subscribe", "id": "1", "payload": {}}"#] {
            let mut wrong = server.connect_as(&token).await;
            wrong.send_text(text).await;
            assert_eq!(wrong.closed().await, 4400, "{text}");
        }
        let mut binary = server.connect_as(&token).await;
        binary.0.send(Message::binary(vec![1])).await.expect("sent");
        assert_eq!(binary.closed().await, 4400);
        let mut same = server.connect_as(&token).await;
        same.subscribe("1", PROGRESS).await;
        same.subscribe("1", PROGRESS).await;
        assert_eq!(same.closed().await, 4409);
        let mut long = server.connect_as(&token).await;
        // The server may close the connection before all of it is sent.
        let sent = long.0.send(Message::text("x".repeat((1 << 16) + 1))).await;
        assert_eq!(long.closed().await, 1009, "{sent:?}");
        server.until_open(0).await;
    });
}

#[test]
fn queries_mutations_errors_and_pings_get_the_replies_of_the_protocol() {
    on_sqlite(async |on| {
        let server = LiveServer::start(on, fast()).await;
        let token = server.token("ada", Role::Admin).await;
        let mut socket = server.connect_as(&token).await;
        socket.send(&json!({"type": "ping", "payload": {"a": 1}})).await;
        assert_eq!(socket.receive().await, json!({"type": "pong", "payload": {"a": 1}}));
        socket.subscribe("q", "{ viewer { name } }").await;
        let next = socket.receive().await;
        assert_eq!((&next["type"], &next["payload"]["data"]["viewer"]["name"]), (&json!("next"), &json!("ada")));
        assert_eq!(socket.receive().await, json!({"type": "complete", "id": "q"}));
        socket.subscribe("m", "mutation { cancelRun(input: {id: \"x\"}) { userErrors { code } } }").await;
        assert_eq!(socket.receive().await["payload"]["data"]["cancelRun"]["userErrors"][0]["code"], "NOT_FOUND");
        assert_eq!(socket.receive().await["type"], "complete");
        for (document, code) in [
            ("{ unknown }", "BAD_USER_INPUT"),
            ("subscription { unknown }", "BAD_USER_INPUT"),
            ("subscription { runProgress { unknown } }", "BAD_USER_INPUT"),
            ("subscription { runProgress(runId: \"x\") { state } }", "BAD_USER_INPUT"),
            ("subscription { a: runProgress { state } b: runProgress { state } }", "BAD_USER_INPUT"),
            ("subscription { ...F } fragment F on Subscription { runProgress { state } }", "BAD_USER_INPUT"),
        ] {
            socket.subscribe("e", document).await;
            let error = socket.receive().await;
            assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("e")), "{document}: {error}");
            assert_eq!(error["payload"][0]["extensions"]["code"], code, "{error}");
        }
        let deep = "{".repeat(40) + "a" + &"}".repeat(40);
        socket.subscribe("d", &deep).await;
        assert_eq!(socket.receive().await["type"], "error");
        // An id can be used again once its operation has ended, also when the client ended it.
        socket.subscribe("s", PROGRESS).await;
        server.until_open(1).await;
        socket.send(&json!({"type": "complete", "id": "s"})).await;
        server.until_open(0).await;
        socket.subscribe("s", "{ __typename }").await;
        assert_eq!(socket.receive().await["payload"]["data"]["__typename"], "Query");
        let frame = CloseFrame { code: 1000.into(), reason: "done".into() };
        socket.0.send(Message::Close(Some(frame))).await.expect("sent");
        assert_eq!(socket.closed().await, 1000, "the server completes the close handshake");
    });
}

#[test]
fn a_role_that_may_not_read_is_refused_and_streams_are_limited() {
    on_sqlite(async |on| {
        let limits = RequestLimits { subscriptions_per_token: 2, subscriptions: 3, ..RequestLimits::default() };
        let server = LiveServer::start(on, ApiSettings { limits, ..fast() }).await;
        let (ada, bob) = (server.token("ada", Role::Viewer).await, server.token("bob", Role::Viewer).await);
        let ingest = server.token("tool", Role::Ingest).await;
        let mut tool = server.connect_as(&ingest).await;
        tool.subscribe("1", PROGRESS).await;
        let refused = tool.receive().await;
        assert_eq!(refused["payload"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
        assert_eq!(refused["payload"][0]["path"], json!(["runProgress"]));
        drop(tool);
        let (mut one, mut two) = (server.connect_as(&ada).await, server.connect_as(&ada).await);
        one.subscribe("1", PROGRESS).await;
        one.subscribe("2", PROGRESS).await;
        server.until_open(2).await;
        two.subscribe("3", PROGRESS).await;
        let full = two.receive().await;
        assert_eq!(full["payload"][0]["extensions"]["limit"], "subscriptions_per_token", "{full}");
        let mut three = server.connect_as(&bob).await;
        three.subscribe("1", PROGRESS).await;
        server.until_open(3).await;
        three.subscribe("2", PROGRESS).await;
        assert_eq!(three.receive().await["payload"][0]["extensions"]["limit"], "subscriptions");
        let refused = server
            .stream("GET /graphql/ws HTTP/1.1\r\nConnection: close", "")
            .await
            .until("websocket")
            .await
            .to_owned();
        assert!(refused.contains(" 426 "), "{refused}");
        drop((one, two, three));
        server.until_open(0).await;
    });
}

#[test]
fn a_cookie_is_accepted_only_from_our_own_pages_and_with_its_csrf_token() {
    on_sqlite(async |on| {
        let server = LiveServer::start(on, fast()).await;
        let token = server.token("lea", Role::Leader).await;
        let body = json!({ "token": token }).to_string();
        let head = "POST /sign-in HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json";
        let mut signed_in = server.stream(head, &body).await;
        let text = signed_in.until("csrfToken").await.to_owned();
        let value = |name: &str| {
            let at = text.find(&format!("{name}=")).expect("a cookie") + name.len() + 1;
            text[at..].split(';').next().expect("a value").to_owned()
        };
        let (cookie, csrf) = (format!("needle_session={}", value("needle_session")), value("needle_csrf"));
        let (host, evil) = (format!("http://{}", server.address), "http://evil.example.org");
        for (origin, csrf, expected) in [
            (Some(host.as_str()), csrf.as_str(), true),
            (None, csrf.as_str(), true),
            (Some(host.as_str()), "", false),
            (Some(host.as_str()), "guessed", false),
            (Some(evil), csrf.as_str(), false),
            (Some(evil), "", false),
            (Some("null"), csrf.as_str(), false),
        ] {
            let mut headers = vec![("cookie", cookie.as_str())];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let mut socket = server.connect_with("graphql-transport-ws", &headers).await;
            socket.init(&json!({ "X-CSRF-Token": csrf })).await;
            if expected {
                assert_eq!(socket.receive().await["type"], "connection_ack", "{origin:?}");
                socket.subscribe("1", "{ viewer { name } }").await;
                assert_eq!(socket.receive().await["payload"]["data"]["viewer"]["name"], "lea");
            } else {
                assert_eq!(socket.closed().await, 4403, "{origin:?} {csrf}");
            }
        }
        let bearer = format!("Bearer {token}");
        let mut socket = server.connect_with("graphql-transport-ws", &[("authorization", &bearer)]).await;
        socket.init(&json!(null)).await;
        assert_eq!(socket.receive().await["type"], "connection_ack");
    });
}

#[test]
fn a_revoked_token_ends_its_streams_and_its_next_operation() {
    on_sqlite(async |on| {
        let server = LiveServer::start(on, fast()).await;
        let token = server.token("ada", Role::Viewer).await;
        let (mut busy, mut idle) = (server.connect_as(&token).await, server.connect_as(&token).await);
        busy.subscribe("1", PROGRESS).await;
        server.until_open(1).await;
        server.revoke("ada").await;
        assert_eq!(busy.closed().await, 4401);
        idle.subscribe("1", "{ viewer { name } }").await;
        assert_eq!(idle.closed().await, 4401);
        server.until_open(0).await;
    });
}

#[test]
fn a_stopping_server_completes_its_streams_and_closes_with_1001() {
    on_sqlite(async |on| {
        let server = LiveServer::start(on, fast()).await;
        let token = server.token("ada", Role::Viewer).await;
        let mut socket = server.connect_as(&token).await;
        socket.subscribe("1", PROGRESS).await;
        let mut events = server.events(&token, PROGRESS).await;
        server.until_open(2).await;
        let closing = async {
            assert_eq!(socket.receive().await, json!({"type": "complete", "id": "1"}));
            assert_eq!(socket.closed().await, 1001);
            events.until("event: complete").await;
        };
        tokio::join!(server.stop(), closing);
    });
}
