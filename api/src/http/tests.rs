//! The server over a real socket: statuses, media types, tokens, limits, roles.

mod attack;
mod document;

use std::time::Duration;

use chrono_tz::UTC;
use entity::token::Role;
use entity::{Calendar, Database, Timestamp};
use jobs::clock::Clock;
use jobs::recompute::Workplace;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::auth;
use crate::graphql::{Recompute, Settings};

/// 2024-07-01T12:00:00Z, a Monday.
pub(super) const NOW: Timestamp = Timestamp(1_719_835_200_000_000);

pub(super) struct TestServer {
    address: std::net::SocketAddr,
    pub(super) database: Database,
    _directory: tempfile::TempDir,
}

pub(super) struct Answer {
    pub(super) status: u16,
    /// In lower case.
    pub(super) head: String,
    pub(super) body: String,
    /// As it came.
    pub(super) raw: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(super) fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl TestServer {
    pub(super) async fn start(anonymous: Option<Viewer>) -> Self {
        Self::start_with(anonymous, Settings::default(), Access::default()).await
    }

    async fn start_with(anonymous: Option<Viewer>, settings: Settings, access: Access) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("needle.db").display());
        let database = Database::connect(&url).await.expect("a database");
        migration::up(database.writer()).await.expect("migrations");
        let workplace =
            Workplace { database: database.clone(), calendar: Calendar { zone: UTC }, clock: Clock::new(|| NOW) };
        let settings = Settings { recompute: Recompute::Waits, ..settings };
        let readiness: Readiness = Arc::new(|| Box::pin(async { Ok(()) }));
        let api = Api::new(workplace, settings);
        let state = ServerState { api, anonymous, access, body_limit_bytes: 1 << 20, readiness };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(serve(state, listener, std::future::pending()));
        Self { address, database, _directory: directory }
    }

    pub(super) async fn token(&self, name: &str, role: Role) -> String {
        auth::create(&self.database, name, role, NOW).await.expect("a token")
    }

    pub(super) async fn send(&self, head: &str, body: &str) -> Answer {
        let length = body.len();
        self.send_raw(&format!(
            "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await
    }

    /// Sends the bytes of a request as they are.
    pub(super) async fn send_raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        // A server that refuses a body early may close before all of it is sent.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
        let text = String::from_utf8(bytes).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_lowercase(), body: body.to_owned(), raw: text.clone() }
    }

    async fn post(&self, token: &str, accept: &str, body: &Value) -> Answer {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nAccept: {accept}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}"
        );
        self.send(&head, &body.to_string()).await
    }

    /// Executes a document; answers with the body.
    async fn execute(&self, token: &str, query: &str, variables: Value) -> Value {
        self.post(token, RESPONSE, &json!({ "query": query, "variables": variables })).await.json()
    }
}

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

#[tokio::test]
async fn the_status_says_whether_the_request_was_executed() {
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
            let answer = server.post(&token, accept, &json!({ "query": query, "variables": {"id": null} })).await;
            assert_eq!(answer.status, expected, "{query} as {accept}: {}", answer.body);
            assert!(answer.head.contains(&format!("content-type: {accept}; charset=utf-8")), "{}", answer.head);
            let executed = query == "{ viewer { name } }";
            assert_eq!(answer.json().get("data").is_some(), executed, "{query}: {}", answer.body);
            if !executed {
                assert_eq!(answer.code(), "BAD_USER_INPUT");
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
        let answer = server.send(&post(content_type), body).await;
        assert_eq!(answer.status, expected, "{content_type} {}: {}", &body[..body.len().min(60)], answer.body);
        assert_eq!(answer.json().get("errors").is_some(), expected != 200);
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
async fn who_has_no_good_token_gets_401_unless_reading_is_open() {
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
        [("/healthz", 200), ("/readyz", 200), ("/schema.graphql", 200), ("/graphiql", 200), ("/", 307), ("/no", 404)]
    {
        assert_eq!(closed.send(&format!("GET {path} HTTP/1.1"), "").await.status, expected, "{path}");
    }
}

#[tokio::test]
async fn what_an_operator_switches_off_tells_nothing() {
    let open = TestServer::start(None).await;
    let token = open.token("anna", Role::Admin).await;
    let asked = "{ __schema { queryType { name } } }";
    assert_eq!(open.execute(&token, asked, json!({})).await["data"]["__schema"]["queryType"]["name"], "Query");
    let misspelt = open.execute(&token, "{ decisios { totalCount } }", json!({})).await;
    assert!(misspelt.to_string().contains("Did you mean"), "{misspelt}");
    let page = open.send("GET /graphiql HTTP/1.1", "").await;
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert!(page.body.contains("npm install"), "{}", page.body);
    for (file, status) in [("start.js", 200), ("graphiql.js", 404), ("..%2F..%2FCargo.toml", 404), ("other.js", 404)] {
        assert_eq!(open.send(&format!("GET /graphiql/{file} HTTP/1.1"), "").await.status, status, "{file}");
    }

    let settings = Settings { introspection: false, suggestions: false, ..Settings::default() };
    let access = Access { introspection: false, graphiql: false, ..Access::default() };
    let closed = TestServer::start_with(None, settings, access).await;
    let token = closed.token("anna", Role::Admin).await;
    for query in [
        asked,
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

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_company_logs_answers_and_reads_its_score() {
    let server = TestServer::start(None).await;
    let (admin, viewer) = (server.token("anna", Role::Admin).await, server.token("vera", Role::Viewer).await);
    let ingest = server.token("pipeline", Role::Ingest).await;
    let customers = "mutation { upsertCustomers(input: {customers: [
        {externalId: \"c1\", email: \"a@example.org\", attributes: {region: \"EU\"}},
        {externalId: \"c2\", attributes: {region: \"US\"}}, {externalId: \"c1\"}, {externalId: \"\"}]})
        { accepted userErrors { code path } } }";
    assert_eq!(
        server.execute(&ingest, customers, json!({})).await["data"]["upsertCustomers"],
        json!({"accepted": 2, "userErrors": [
            {"code": "INVALID", "path": ["customers", "2", "externalId"]},
            {"code": "INVALID", "path": ["customers", "3", "externalId"]}]})
    );
    let responses: Vec<Value> = (0..12)
        .map(|at| {
            let customer = if at % 2 == 0 { "c1" } else { "c2" };
            let score = if at == 11 { 11 } else { 10 - at };
            json!({"externalId": format!("r{at}"), "customerExternalId": customer, "score": score,
                "respondedAt": format!("2024-06-{:02}T10:00:00Z", 3 + at), "channel": "email", "comment": "words"})
        })
        .collect();
    let record = "mutation($responses: [ResponseInput!]!) { recordResponses(input: {responses: $responses})
        { accepted updated unchanged userErrors { code path } } }";
    assert_eq!(
        server.execute(&ingest, record, json!({"responses": responses})).await["data"]["recordResponses"],
        json!({"accepted": 11, "updated": 0, "unchanged": 0,
            "userErrors": [{"code": "INVALID", "path": ["responses", "11", "score"]}]})
    );
    let again = server.execute(&ingest, record, json!({"responses": responses[..11]})).await;
    assert_eq!(again["data"]["recordResponses"]["unchanged"], 11, "{again}");

    let define = "mutation { defineSegment(input: {key: \"eu\", name: \"Europe\",
        filter: {attribute: {name: \"region\", in: [\"EU\"]}}}) { segment { id } userErrors { message } }
        declarePrimarySegment(input: {segmentKey: \"eu\", reason: \"they pay\"}) { segment { isPrimary } userErrors { code } }
        logDecision(input: {externalId: \"d1\", title: \"T\", takesEffectOn: \"2024-07-02\", targetSegmentKey: \"eu\",
          expectedImpact: 3}) { decision { id owner status retrospective horizonWeeks } userErrors { code } }
        recompute(input: {key: \"k\"}) { run { state published asOf } userErrors { code } } }";
    let defined = server.execute(&admin, define, json!({})).await;
    assert_eq!(defined["errors"], Value::Null, "{defined}");
    assert_eq!(defined["data"]["declarePrimarySegment"]["segment"]["isPrimary"], true);
    assert_eq!(defined["data"]["logDecision"]["decision"]["status"], "PLANNED", "{defined}");
    assert_eq!(
        defined["data"]["recompute"]["run"],
        json!({"state": "SUCCEEDED", "published": true, "asOf": "2024-07-01"})
    );

    let read = "query($where: ProfileFilter) {
        nps { responses score suppressed interval { level } }
        europe: nps(where: $where, during: {until: \"2024-06-09\"}) { responses suppressed score }
        npsBreakdown(by: [\"region\"]) { key { value } nps { responses } }
        npsSeries(grain: MONTH) { start end nps { responses } }
        dimensions { name sliceable values { value responses } }
        segments { totalCount nodes { key isPrimary filter current { start nps { responses } rolling { responses } computedBy { id } }
          scores { start } decisions { totalCount nodes { externalId target { key } overlapping { id } } } customers { nodes { externalId } } } }
        responses(first: 2, filter: {where: $where}) { totalCount pageInfo { hasNextPage endCursor }
          nodes { externalId category channel attributes customer { externalId } } }
        primaryDeclarations { declaredBy reason segment { key } }
        runs { nodes { full weeksCounted } }
        decision(externalId: \"d1\") { review { id } movedTheNeedle reviews { totalCount } } }";
    let variables = json!({"where": {"attribute": {"name": "region", "in": ["EU"]}}});
    let seen = server.execute(&viewer, read, variables).await;
    assert_eq!(seen["errors"], Value::Null, "{seen}");
    let data = &seen["data"];
    assert_eq!(data["nps"]["responses"], 11);
    assert_eq!(data["europe"], json!({"responses": 3, "suppressed": true, "score": null}));
    assert_eq!(data["npsBreakdown"][0], json!({"key": [{"value": "EU"}], "nps": {"responses": 6}}));
    assert_eq!(data["segments"]["nodes"][0]["filter"], json!({"attribute": {"name": "region", "in": ["EU"]}}));
    assert_eq!(data["segments"]["nodes"][0]["current"]["rolling"]["responses"], 6, "{data}");
    assert_eq!(data["segments"]["nodes"][0]["decisions"]["nodes"][0]["target"]["key"], "eu");
    assert_eq!(data["responses"]["totalCount"], 6);
    assert_eq!(data["responses"]["nodes"][0]["attributes"], json!({"channel": "email", "region": "EU"}));

    let personal = server
        .execute(
            &viewer,
            "{ customers { nodes { externalId email } } responses(first: 1) { nodes { comment } } }",
            json!({}),
        )
        .await;
    assert_eq!(personal["data"]["customers"]["nodes"][0], json!({"externalId": "c1", "email": null}));
    assert_eq!(personal["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(personal["data"]["responses"]["nodes"][0]["comment"], Value::Null);
    let admin_read =
        server.execute(&admin, "{ customer(externalId: \"c1\") { email responses { totalCount } } }", json!({})).await;
    assert_eq!(admin_read["data"]["customer"], json!({"email": "a@example.org", "responses": {"totalCount": 6}}));

    for (token, query, code) in [
        (&ingest, "{ segments { totalCount } }", "FORBIDDEN"),
        (&viewer, "mutation { recompute(input: {key: \"x\"}) { run { id } } }", "FORBIDDEN"),
        (&viewer, "{ nps(where: {attribute: {name: \"planet\", exists: true}}) { score } }", "BAD_USER_INPUT"),
        (&viewer, "{ responses(after: \"bogus\") { totalCount } }", "BAD_USER_INPUT"),
        (&viewer, "{ nps(during: {from: \"yesterday\"}) { score } }", "BAD_USER_INPUT"),
    ] {
        let refused = server.execute(token, query, json!({})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], code, "{query}: {refused}");
    }
    let nodes = server
        .execute(
            &viewer,
            "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }",
            json!({"ids": [defined["data"]["logDecision"]["decision"]["id"], "bogus"]}),
        )
        .await;
    assert_eq!(nodes["data"]["nodes"][0]["__typename"], "Decision", "{nodes}");
    assert_eq!(nodes["data"]["nodes"][1], Value::Null);

    let erase = "mutation { eraseCustomer(input: {externalId: \"c1\", reason: \"asked\"}) { erasedExternalId userErrors { code } } }";
    assert_eq!(server.execute(&admin, erase, json!({})).await["data"]["eraseCustomer"]["erasedExternalId"], "c1");
    let erased = server.execute(&ingest, customers, json!({})).await;
    assert_eq!(erased["data"]["upsertCustomers"]["userErrors"][0]["code"], "ERASED", "{erased}");
}

#[tokio::test]
async fn a_decision_is_told_whether_it_could_be_judged_before_and_when_it_is_logged() {
    let server = TestServer::start(None).await;
    let (viewer, ingest) = (server.token("vera", Role::Viewer).await, server.token("pipe", Role::Ingest).await);
    let (admin, leader) = (server.token("anna", Role::Admin).await, server.token("lea", Role::Leader).await);
    // 20 weeks before Monday, 2024-07-01, each with 12 answers of either region.
    let responses: Vec<Value> = (0..480)
        .map(|at| {
            let day = chrono::NaiveDate::from_ymd_opt(2024, 2, 12).expect("a date")
                + chrono::Days::new(7 * (at / 24) + at % 7);
            json!({"externalId": format!("r{at}"), "score": at * 7 % 11, "respondedAt": format!("{day}T10:00:00Z"),
                "attributes": {"region": if at % 2 == 0 { "EU" } else { "US" }}})
        })
        .collect();
    let record =
        "mutation($responses: [ResponseInput!]!) { recordResponses(input: {responses: $responses}) { accepted } }";
    let recorded = server.execute(&ingest, record, json!({"responses": responses})).await;
    assert_eq!(recorded["data"]["recordResponses"]["accepted"], 480, "{recorded}");
    let prepare = "mutation { defineSegment(input: {key: \"eu\", name: \"Europe\",
        filter: {attribute: {name: \"region\", in: [\"EU\"]}}}) { userErrors { message } }
        recompute(input: {key: \"k\"}) { run { state } } }";
    let prepared = server.execute(&admin, prepare, json!({})).await;
    assert_eq!(prepared["data"]["recompute"]["run"]["state"], "SUCCEEDED", "{prepared}");

    let fields = "smallestDetectableEffect power expectedResponses decidableBy method advice";
    let ask = format!(
        "query($key: String, $horizon: Int) {{ detectability(input: {{targetSegmentKey: $key, takesEffectOn: \"2024-07-08\",
            horizonWeeks: $horizon, expectedImpact: 3}}) {{ {fields} }} }}"
    );
    let asked = server.execute(&viewer, &ask, json!({"key": "eu", "horizon": 12})).await;
    let found = asked["data"]["detectability"].clone();
    assert_eq!(
        (&found["expectedResponses"], &found["method"]),
        (&json!(144), &json!("DIFFERENCE_IN_DIFFERENCES")),
        "{asked}"
    );
    let smallest = found["smallestDetectableEffect"].as_f64().expect("a number");
    assert!((20.0..60.0).contains(&smallest) && found["power"].as_f64() < Some(0.2), "{found}");
    let advice = found["advice"].as_str().expect("a sentence");
    assert!(advice.starts_with("52 answers a month: +3 points cannot be told from noise"), "{advice}");
    let everyone = server.execute(&viewer, &ask, json!({"horizon": 12})).await;
    assert_eq!(everyone["data"]["detectability"]["method"], "INTERRUPTED_TIME_SERIES", "{everyone}");

    for (token, key, horizon, code) in
        [(&viewer, "nowhere", 12, "NOT_FOUND"), (&viewer, "eu", 0, "BAD_USER_INPUT"), (&ingest, "eu", 12, "FORBIDDEN")]
    {
        let refused = server.execute(token, &ask, json!({"key": key, "horizon": horizon})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], code, "{refused}");
    }
    for query in ["{ forecasters { totalCount } }", "{ needleLedger { total { points } } }"] {
        let refused = server.execute(&ingest, query, json!({})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    }

    let log = format!(
        "mutation($id: String, $impact: Float!) {{ logDecision(input: {{externalId: $id, title: \"T\", targetSegmentKey: \"eu\",
            takesEffectOn: \"2024-07-08\", expectedImpact: $impact}}) {{ detectability {{ {fields} }} userErrors {{ code }} }} }}"
    );
    let logged = server.execute(&leader, &log, json!({"id": "d1", "impact": 3})).await;
    assert_eq!(logged["data"]["logDecision"]["detectability"], found, "{logged}");
    let refused = server.execute(&leader, &log, json!({"id": "d1", "impact": 3})).await;
    assert_eq!(refused["data"]["logDecision"]["detectability"], Value::Null, "{refused}");
    let read = "{ forecasters(first: 5) { totalCount nodes { owner decisions judged moved bias skill } }
        needleLedger(by: SEGMENT) { total { decisions points interval { low high } } entries { owner } } }";
    let read = server.execute(&viewer, read, json!({})).await;
    assert_eq!(
        read["data"],
        json!({
            "forecasters": {"totalCount": 1, "nodes": [
                {"owner": "lea", "decisions": 1, "judged": 0, "moved": 0, "bias": null, "skill": null}]},
            "needleLedger": {"total": {"decisions": 0, "points": 0.0, "interval": {"low": 0.0, "high": 0.0}}, "entries": []},
        }),
        "{read}"
    );
}

#[tokio::test]
async fn a_leader_writes_own_decisions_and_no_others() {
    let server = TestServer::start(None).await;
    let (leader, admin) = (server.token("lea", Role::Leader).await, server.token("anna", Role::Admin).await);
    let log = "mutation($id: String, $owner: String, $day: Date!) { logDecision(input: {externalId: $id, title: \"T\", owner: $owner,
        takesEffectOn: $day, expectedImpact: 3}) { decision { externalId owner retrospective expectation { level } }
        userErrors { code path } } }";
    let logged = |token, id: Value, owner: Value, day: &str| {
        let variables = json!({"id": id, "owner": owner, "day": day});
        let server = &server;
        async move { server.execute(token, log, variables).await["data"]["logDecision"].clone() }
    };
    let own = logged(&leader, json!("d1"), Value::Null, "2024-08-01").await;
    assert_eq!(
        own["decision"],
        json!({"externalId": "d1", "owner": "lea", "retrospective": false, "expectation": {"level": 0.8}})
    );
    assert_eq!(
        logged(&leader, json!("d1"), Value::Null, "2024-08-01").await["userErrors"][0]["code"],
        "ALREADY_EXISTS"
    );
    let other = logged(&leader, json!("d2"), json!("anna"), "2024-08-01").await;
    assert_eq!(other, json!({"decision": null, "userErrors": [{"code": "FORBIDDEN", "path": ["owner"]}]}));
    assert_eq!(logged(&admin, json!("d2"), json!("otto"), "2024-06-01").await["decision"]["retrospective"], true);
    let made_up = logged(&leader, Value::Null, Value::Null, "2024-07-02").await;
    assert!(made_up["decision"]["externalId"].as_str().is_some_and(|id| id.starts_with("decision-")), "{made_up}");
    let change = "mutation($id: String!) {
        reviseDecision(input: {externalId: $id, expectedImpact: 4}) { decision { expectation { impact } } userErrors { code } }
        reverseDecision(input: {externalId: $id, on: \"2024-07-15\", reason: \"R\"}) { decision { status reversalReason } userErrors { code } } }";
    let changed = server.execute(&leader, change, json!({"id": "d1"})).await;
    assert_eq!(changed["data"]["reviseDecision"]["decision"]["expectation"]["impact"], 4.0, "{changed}");
    assert_eq!(changed["data"]["reverseDecision"]["decision"], json!({"status": "CANCELLED", "reversalReason": "R"}));
    let forbidden = server.execute(&leader, change, json!({"id": "d2"})).await;
    assert_eq!(forbidden["data"]["reviseDecision"]["userErrors"][0]["code"], "FORBIDDEN");
    let sealed = server.execute(&admin, change, json!({"id": "d2"})).await;
    assert_eq!(sealed["data"]["reviseDecision"]["userErrors"][0]["code"], "SEALED");
    let unknown = server.execute(&admin, change, json!({"id": "none"})).await;
    assert_eq!(unknown["data"]["reviseDecision"]["userErrors"][0]["code"], "NOT_FOUND");
    let key = "mutation($full: Boolean) { recompute(input: {key: \"k\", full: $full}) { run { id full } userErrors { code } } }";
    let first = server.execute(&leader, key, json!({})).await["data"]["recompute"].clone();
    assert_eq!(server.execute(&leader, key, json!({"full": false})).await["data"]["recompute"], first);
    let conflict = server.execute(&leader, key, json!({"full": true})).await;
    assert_eq!(conflict["data"]["recompute"], json!({"run": null, "userErrors": [{"code": "CONFLICT"}]}));
}

#[tokio::test]
async fn every_order_of_decisions_is_paged_through_without_gaps() {
    let server = TestServer::start(None).await;
    let admin = server.token("anna", Role::Admin).await;
    let define =
        "mutation { defineSegment(input: {key: \"all\", name: \"All\", filter: {all: []}}) { segment { id } } }";
    server.execute(&admin, define, json!({})).await;
    for at in 0..7 {
        let log = format!(
            "mutation {{ logDecision(input: {{externalId: \"d{at}\", title: \"T\", targetSegmentKey: \"all\",
            takesEffectOn: \"2024-07-1{}\", expectedImpact: {}}}) {{ userErrors {{ message }} }} }}",
            at / 2,
            at % 3
        );
        server.execute(&admin, &log, json!({})).await;
    }
    let page = "query($field: DecisionOrderField!, $direction: Direction!, $after: String, $before: String, $first: Int, $last: Int) {
        decisions(orderBy: {field: $field, direction: $direction}, first: $first, last: $last, after: $after, before: $before)
        { totalCount nodes { externalId } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }";
    for (field, direction) in ["TAKES_EFFECT_ON", "LOGGED_AT", "EXPECTED_IMPACT", "EFFECT"]
        .into_iter()
        .flat_map(|field| ["ASC", "DESC"].map(|direction| (field, direction)))
    {
        let forwards =
            walk(&server, &admin, page, json!({"field": field, "direction": direction, "first": 3}), "decisions").await;
        let mut backwards =
            walk(&server, &admin, page, json!({"field": field, "direction": direction, "last": 2}), "decisions").await;
        backwards.reverse();
        let distinct: std::collections::BTreeSet<_> = forwards.iter().collect();
        assert_eq!((distinct.len(), &forwards), (7, &backwards), "{field} {direction}");
    }
    let nested = "query($after: String, $before: String, $first: Int, $last: Int) { segment(key: \"all\") {
        decisions(first: $first, last: $last, after: $after, before: $before) { nodes { externalId }
        pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } } }";
    let forwards = walk(&server, &admin, nested, json!({"first": 3}), "segment/decisions").await;
    let default_order = json!({"field": "TAKES_EFFECT_ON", "direction": "DESC", "first": 50});
    assert_eq!(forwards, walk(&server, &admin, page, default_order, "decisions").await);
    let mut backwards = walk(&server, &admin, nested, json!({"last": 3}), "segment/decisions").await;
    backwards.reverse();
    assert_eq!(forwards, backwards);
}

/// The ids of all pages, from the start or, with `last`, from the end and in reverse.
async fn walk(server: &TestServer, token: &str, query: &str, mut variables: Value, path: &str) -> Vec<String> {
    let backwards = variables.get("last").is_some();
    let mut found = Vec::new();
    loop {
        let answer = server.execute(token, query, variables.clone()).await;
        let connection = answer.pointer(&format!("/data/{path}")).unwrap_or_else(|| panic!("{answer}"));
        let mut page: Vec<String> = connection["nodes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|node| node["externalId"].as_str().map(str::to_owned))
            .collect();
        if backwards {
            page.reverse();
        }
        found.extend(page);
        let info = &connection["pageInfo"];
        let (more, cursor, argument) = if backwards {
            ("hasPreviousPage", "startCursor", "before")
        } else {
            ("hasNextPage", "endCursor", "after")
        };
        if info[more] != true {
            return found;
        }
        variables[argument] = info[cursor].clone();
    }
}

/// The samples of the metrics by name and labels, after a look at every line.
async fn samples(server: &TestServer) -> std::collections::BTreeMap<String, f64> {
    let answer = server.send("GET /metrics HTTP/1.1", "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{}", answer.head);
    let lines: Vec<&str> = answer.body.lines().collect();
    assert_eq!(lines.last(), Some(&"# EOF"));
    let mut samples = std::collections::BTreeMap::new();
    for line in lines {
        if let Some(comment) = line.strip_prefix("# ") {
            assert!(["HELP ", "TYPE ", "UNIT ", "EOF"].iter().any(|start| comment.starts_with(start)), "{line}");
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(name.starts_with("needle_") && value.is_finite(), "{line}");
        assert_eq!(samples.insert(name.to_owned(), value), None, "twice: {line}");
    }
    samples
}

#[tokio::test]
async fn metrics_count_requests_operations_errors_runs_and_rows() {
    let server = TestServer::start(None).await;
    let admin = server.token("anna", Role::Admin).await;
    assert!(!samples(&server).await.contains_key("needle_hours_since_last_published_run"));
    let write = "mutation Write { recordResponses(input: {responses: [
        {externalId: \"r1\", score: 9, respondedAt: \"2024-06-20T10:00:00Z\"},
        {externalId: \"r2\", score: 12, respondedAt: \"2024-06-20T10:00:00Z\"}]}) { accepted }
        recompute(input: {key: \"k\"}) { run { state } } }";
    assert_eq!(server.execute(&admin, write, json!({})).await["errors"], Value::Null);
    server.execute(&admin, "{ nps { responses } }", json!({})).await;
    server.execute(&admin, "{ nope }", json!({})).await;
    server.send("GET /no/such?email=eva@example.org HTTP/1.1", "").await;
    // What the database told at the first look is kept for five seconds.
    tokio::time::sleep(Duration::from_millis(5_200)).await;
    let after = samples(&server).await;
    for (name, value) in [
        ("needle_http_requests_total{route=\"/graphql\",method=\"POST\",status=\"200\"}", 2.0),
        ("needle_http_requests_total{route=\"/graphql\",method=\"POST\",status=\"400\"}", 1.0),
        ("needle_http_requests_total{route=\"other\",method=\"GET\",status=\"404\"}", 1.0),
        ("needle_http_request_duration_seconds_count{route=\"/graphql\",method=\"POST\"}", 3.0),
        ("needle_graphql_requests_total{operation_type=\"mutation\",operation=\"Write\"}", 1.0),
        ("needle_graphql_errors_total{code=\"BAD_USER_INPUT\"}", 1.0),
        ("needle_figures_loads_total", 1.0),
        ("needle_run_stage_seconds_count{stage=\"publish\"}", 1.0),
        ("needle_runs_total{trigger=\"manual\",state=\"succeeded\"}", 1.0),
        ("needle_runs_running", 0.0),
        ("needle_stale_weeks", 0.0),
        ("needle_hours_since_last_published_run", 0.0),
        ("needle_import_rows_total{kind=\"responses\",outcome=\"accepted\"}", 1.0),
        ("needle_import_rows_total{kind=\"responses\",outcome=\"rejected\"}", 1.0),
        ("needle_slots_total{job=\"weekly\",state=\"missed\"}", 0.0),
        ("needle_slots_total{job=\"daily\",state=\"failed\"}", 0.0),
        ("needle_up_database", 1.0),
    ] {
        assert_eq!(after.get(name), Some(&value), "{name}: {after:#?}");
    }
    assert!(!after.keys().any(|name| name.contains("eva")), "{after:#?}");
}

#[tokio::test]
async fn a_thousand_operation_names_make_a_bounded_number_of_labels() {
    let server = TestServer::start(None).await;
    let admin = server.token("anna", Role::Admin).await;
    for at in 0..1_000 {
        server.execute(&admin, &format!("query Q{at} {{ __typename }}"), json!({})).await;
    }
    let after = samples(&server).await;
    let operations = after.iter().filter(|(name, _)| name.starts_with("needle_graphql_requests_total"));
    assert_eq!(operations.clone().count(), 101);
    assert!((operations.map(|(_, count)| count).sum::<f64>() - 1_000.0).abs() < 0.5);
}

#[tokio::test]
async fn without_a_database_the_process_still_tells_its_own_metrics() {
    let server = TestServer::start(None).await;
    server.database.clone().close().await.expect("closed");
    let after = samples(&server).await;
    assert_eq!(after.get("needle_up_database"), Some(&0.0), "{after:#?}");
    assert!(after.keys().any(|name| name.starts_with("needle_process_uptime_seconds")), "{after:#?}");
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let server = TestServer::start(None).await;
    let own = server.send("GET /healthz HTTP/1.1\r\nX-Request-Id: my-own-7", "").await;
    assert!(own.head.contains("x-request-id: my-own-7"), "{}", own.head);
    assert!(own.head.contains("cache-control: no-store"), "{}", own.head);
    for head in ["GET /no HTTP/1.1", "PUT /graphql HTTP/1.1", "GET /readyz HTTP/1.1\r\nX-Request-Id: two words"] {
        let answer = server.send(head, "").await;
        let id = answer.head.split("x-request-id: ").nth(1).unwrap_or_default().lines().next().unwrap_or_default();
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{head}: {}", answer.head);
    }
}

/// Serves routes over a socket, and answers with the raw answer to one request.
async fn ask(router: Router, path: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: r7\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    text
}

async fn state(readiness: Readiness) -> (ServerState, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite://{}?mode=rwc", directory.path().join("needle.db").display());
    let database = Database::connect(&url).await.expect("a database");
    let workplace = Workplace { database, calendar: Calendar { zone: UTC }, clock: Clock::new(|| NOW) };
    let api = Api::new(workplace, Settings::default());
    let access = Access::default();
    (ServerState { api, anonymous: None, access, body_limit_bytes: 1 << 20, readiness }, directory)
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_with_500_and_the_id() {
    let (state, _directory) = state(Arc::new(|| panic!("eva@example.org"))).await;
    let said = ask(router(state), "/readyz").await;
    assert!(said.starts_with("HTTP/1.1 500") && said.contains("x-request-id: r7"), "{said}");
    assert!(said.contains("\"code\":\"INTERNAL\"") && said.contains("\"requestId\":\"r7\""), "{said}");
    assert!(!said.contains("eva"), "{said}");
}

#[tokio::test]
async fn who_is_not_ready_says_why_and_says_it_soon() {
    let (pending, _directory) =
        state(Arc::new(|| Box::pin(async { Err("the migration m is pending".to_owned()) }))).await;
    let said = ask(router(pending), "/readyz").await;
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("the migration m is pending"), "{said}");
    let (stuck, _directory) = state(Arc::new(|| Box::pin(std::future::pending()))).await;
    let said = tokio::time::timeout(Duration::from_secs(10), ask(router(stuck), "/readyz")).await.expect("in time");
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("within 2 seconds"), "{said}");
    let (ready, _directory) = state(Arc::new(|| Box::pin(async { Ok(()) }))).await;
    let stopping = Stopping::default();
    stopping.0.store(true, Ordering::Relaxed);
    let said = ask(router(ready).layer(Extension(stopping)), "/readyz").await;
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("stopping"), "{said}");
}
