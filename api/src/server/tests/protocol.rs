//! Tests of GraphQL over HTTP: statuses, media types and methods.

use super::*;

#[tokio::test]
async fn the_status_shows_whether_the_request_was_executed() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Admin).await;
    for (query, in_response, in_json) in [
        ("{ viewer { name } }", 200, 200),
        ("{ viewer { name }", 400, 200),
        ("{ unknown }", 400, 200),
        ("{ viewer { name } __typename @aa }", 400, 200),
        ("query Q($id: ID!) { __typename }", 400, 200),
    ] {
        for (accept, expected) in [(RESPONSE, in_response), (JSON, in_json)] {
            let reply = server.post(&token, accept, &json!({ "query": query, "variables": {"id": null} })).await;
            assert_eq!(reply.status, expected, "{query} as {accept}: {}", reply.body);
            assert!(reply.head.contains(&format!("content-type: {accept}; charset=utf-8")), "{}", reply.head);
            let executed = query == "{ viewer { name } }";
            assert_eq!(reply.json().get("data").is_some(), executed, "{query}: {}", reply.body);
            if !executed {
                assert_eq!(reply.code(), "BAD_USER_INPUT");
            }
        }
    }
}

#[tokio::test]
async fn requests_that_are_not_graphql_over_http_are_refused_in_json() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Admin).await;
    let post = |content_type: &str| {
        format!("POST /graphql HTTP/1.1\r\nContent-Type: {content_type}\r\nAuthorization: Bearer {token}")
    };
    let query = r#"{"query": "{ __typename }"}"#;
    let huge = format!(r#"{{"query": "{{ __typename }} #{}"}}"#, "x".repeat(1 << 20));
    for (content_type, body, expected) in [
        ("application/json", query, 200),
        ("application/json; charset=UTF-8", query, 200),
        ("text/plain", query, 415),
        ("application/x-www-form-urlencoded", "query=%7B__typename%7D", 415),
        ("application/json", "", 400),
        ("application/json", "{", 400),
        ("application/json", "{}", 400),
        ("application/json", r#"{"query": 7}"#, 400),
        ("application/json", r#"[{"query": "{ __typename }"}]"#, 400),
        ("application/json", r#"{"query": "{ __typename }", "variables": "no"}"#, 400),
        (
            "application/json",
            r#"{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": {}}"#,
            200,
        ),
        ("application/json", &huge, 413),
    ] {
        let reply = server.send(&post(content_type), body).await;
        assert_eq!(reply.status, expected, "{content_type} {}: {}", &body[..body.len().min(60)], reply.body);
        assert_eq!(reply.json().get("errors").is_some(), expected != 200);
    }
    let other = server.send(&format!("PUT /graphql HTTP/1.1\r\nAuthorization: Bearer {token}"), "").await;
    assert_eq!(other.status, 405);
}

#[tokio::test]
async fn a_get_reads_and_never_writes() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Admin).await;
    let get = |query: &str| format!("GET /graphql?{query} HTTP/1.1\r\nAuthorization: Bearer {token}");
    let read = server.send(&get("query=%7Bviewer%7Bname%7D%7D&variables=%7B%7D"), "").await;
    assert_eq!((read.status, read.json()["data"]["viewer"]["name"].as_str()), (200, Some("anna")));
    let mutation = "query=mutation%7Brecompute(input:%7Bkey:%22a%22%7D)%7Brun%7Bid%7D%7D%7D";
    let written = server.send(&get(mutation), "").await;
    assert_eq!(written.status, 405);
    assert!(written.head.contains("allow: post"), "{}", written.head);
    assert_eq!(server.send(&get("query="), "").await.status, 400);
}

#[tokio::test]
async fn pages_of_configured_origins_call_the_api_with_a_token_and_those_of_others_do_not() {
    let access = AccessConfig {
        cors_origins: vec![
            "https://app.example.com".parse().expect("a value"),
            "http://localhost:5173".parse().expect("one"),
        ],
        ..AccessConfig::default()
    };
    let server = TestServer::start_with(None, ApiSettings::default(), access).await;
    let token = server.token("anna", Role::Admin).await;
    let preflight = async |origin: &str, path: &str| {
        let asks = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type";
        server.send(&format!("OPTIONS {path} HTTP/1.1\r\nOrigin: {origin}\r\n{asks}"), "").await
    };
    for origin in ["https://app.example.com", "http://localhost:5173"] {
        let asked = preflight(origin, "/graphql").await;
        assert_eq!(asked.status, 200, "{}", asked.raw);
        for header in [
            &format!("access-control-allow-origin: {origin}"),
            "access-control-allow-methods: get,post",
            "access-control-allow-headers: authorization,content-type",
            "access-control-max-age: 600",
        ] {
            assert!(asked.head.contains(header), "{header}: {}", asked.head);
        }
        let head = format!(
            "POST /graphql HTTP/1.1\r\nOrigin: {origin}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}"
        );
        let reply = server.send(&head, r#"{"query": "{ viewer { name } }"}"#).await;
        assert!(reply.head.contains(&format!("access-control-allow-origin: {origin}")), "{}", reply.head);
        assert!(reply.head.contains("access-control-expose-headers: retry-after,x-request-id"), "{}", reply.head);
        assert!(reply.head.contains("vary: ") && !reply.head.contains("allow-credentials"), "{}", reply.head);
    }
    let other = preflight("https://evil.example.com", "/graphql").await;
    assert!(!other.head.contains("access-control-allow-origin"), "{}", other.head);
    // Only the API is open to them, and without a setting nothing is.
    assert!(!preflight("https://app.example.com", "/").await.head.contains("access-control"));
    let closed = TestServer::start(None).await;
    let head = "OPTIONS /graphql HTTP/1.1\r\nOrigin: https://app.example.com\r\nAccess-Control-Request-Method: POST";
    let refused = closed.send(head, "").await;
    assert!(refused.status == 405 && !refused.head.contains("access-control"), "{}", refused.raw);
}
