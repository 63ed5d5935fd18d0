//! Tests of access without a token, and of what an operator can disable.

use super::*;

#[tokio::test]
async fn requests_without_a_valid_token_get_401_unless_anonymous_reading_is_allowed() {
    let closed = TestServer::start(None).await;
    let query = json!({"query": "{ viewer { role } }"});
    let bare = "POST /graphql HTTP/1.1\r\nContent-Type: application/json";
    let without = closed.send(bare, &query.to_string()).await;
    assert_eq!((without.status, without.code().as_str()), (401, "UNAUTHENTICATED"));
    assert!(without.head.contains("www-authenticate: bearer"));
    assert_eq!(closed.post("ndl_wrong", JSON, &query).await.status, 401);
    let open = TestServer::start(Some(Viewer { name: "demo".to_owned(), role: Role::Viewer })).await;
    assert_eq!(open.send(bare, &query.to_string()).await.json()["data"]["viewer"]["role"], "VIEWER");
    assert_eq!(open.post("ndl_wrong", JSON, &query).await.status, 401);
    for (path, expected) in
        [("/healthz", 200), ("/readyz", 200), ("/schema.graphql", 200), ("/graphiql", 200), ("/", 303), ("/no", 404)]
    {
        assert_eq!(closed.send(&format!("GET {path} HTTP/1.1"), "").await.status, expected, "{path}");
    }
}

#[tokio::test]
async fn disabled_introspection_suggestions_and_graphiql_reveal_nothing() {
    let open = TestServer::start(None).await;
    let token = open.token("anna", Role::Admin).await;
    let introspection = "{ __schema { queryType { name } } }";
    assert_eq!(open.execute(&token, introspection, json!({})).await["data"]["__schema"]["queryType"]["name"], "Query");
    let misspelt = open.execute(&token, "{ decisios { totalCount } }", json!({})).await;
    assert!(misspelt.to_string().contains("Did you mean"), "{misspelt}");
    let page = open.send("GET /graphiql HTTP/1.1", "").await;
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert!(page.body.contains("npm install"), "{}", page.body);
    for (file, status) in [("start.js", 200), ("graphiql.js", 404), ("..%2F..%2FCargo.toml", 404), ("other.js", 404)] {
        assert_eq!(open.send(&format!("GET /graphiql/{file} HTTP/1.1"), "").await.status, status, "{file}");
    }

    let settings = ApiSettings { introspection: false, suggestions: false, ..ApiSettings::default() };
    let access = AccessConfig { introspection: false, graphiql: false, ..AccessConfig::default() };
    let closed = TestServer::start_with(None, settings, access).await;
    let token = closed.token("anna", Role::Admin).await;
    for query in [
        introspection,
        "{ __type(name: \"Query\") { name } }",
        "{ decisios { totalCount } }",
        "{ decisions(fist: 1) { totalCount } }",
    ] {
        let refused = closed.execute(&token, query, json!({})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
        assert!(refused.get("data").is_none() && !refused.to_string().contains("Did you mean"), "{refused}");
    }
    assert_eq!(closed.execute(&token, "{ __typename }", json!({})).await["data"]["__typename"], "Query");
    for path in ["/graphiql", "/graphiql/start.js", "/schema.graphql"] {
        assert_eq!(closed.send(&format!("GET {path} HTTP/1.1"), "").await.status, 404, "{path}");
    }
}
