//! Tests of decisions: who may change them, and paging in every order.

use super::*;

#[tokio::test]
async fn a_leader_changes_only_their_own_decisions() {
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
async fn pages_say_what_was_reversed_and_what_never_took_effect() {
    let server = TestServer::start(None).await;
    let (admin, person) = (server.token("anna", Role::Admin).await, server.person("lea", Role::Leader).await);
    let change = "mutation($id: String!, $from: Date!, $on: Date!) {
        logDecision(input: {externalId: $id, title: $id, takesEffectOn: $from, expectedImpact: 3}) { userErrors { message } }
        reverseDecision(input: {externalId: $id, on: $on, reason: \"R\"}) { userErrors { message } } }";
    for (id, from, on) in [
        ("tried", "2024-06-03", "2024-06-28"),
        ("planned", "2024-06-03", "2024-07-12"),
        ("dropped", "2024-08-01", "2024-07-15"),
    ] {
        let reply = server.execute(&admin, change, json!({"id": id, "from": from, "on": on})).await;
        let nothing = json!({"logDecision": {"userErrors": []}, "reverseDecision": {"userErrors": []}});
        assert_eq!(reply["data"], nothing, "{reply}");
    }
    let scoreboard = server.page(&person, "/").await.body;
    assert!(scoreboard.contains("was reversed on 28 Jun 2024"), "{scoreboard}");
    assert!(scoreboard.contains("<small>reversed on 28 Jun 2024</small>"), "{scoreboard}");
    assert!(scoreboard.contains("is to be reversed on 12 Jul 2024"), "{scoreboard}");
    let dropped = server.page(&person, "/decision/dropped").await.body;
    assert!(dropped.contains("Cancelled before it took effect") && !dropped.contains("Not judged yet"), "{dropped}");
    let tried = server.page(&person, "/decision/tried").await.body;
    assert!(!tried.contains("What would settle it"), "{tried}");
}

#[tokio::test]
async fn every_order_of_decisions_is_paged_through_without_gaps() {
    let server = TestServer::start(None).await;
    let admin = server.token("anna", Role::Admin).await;
    let define =
        "mutation { defineSegment(input: {key: \"all\", name: \"All\", filter: {all: []}}) { segment { id } } }";
    assert_eq!(server.execute(&admin, define, json!({})).await["errors"], Value::Null);
    for at in 0..7 {
        let log = format!(
            "mutation {{ logDecision(input: {{externalId: \"d{at}\", title: \"T\", targetSegmentKey: \"all\",
            takesEffectOn: \"2024-07-1{}\", expectedImpact: {}}}) {{ userErrors {{ message }} }} }}",
            at / 2,
            at % 3
        );
        let logged = server.execute(&admin, &log, json!({})).await;
        assert_eq!(logged["data"]["logDecision"]["userErrors"], json!([]), "{logged}");
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

/// The ids of all pages, from the start, or with `last` from the end and in reverse order.
async fn walk(server: &TestServer, token: &str, query: &str, mut variables: Value, path: &str) -> Vec<String> {
    let backwards = variables.get("last").is_some();
    let mut found = Vec::new();
    loop {
        let reply = server.execute(token, query, variables.clone()).await;
        let connection = reply.pointer(&format!("/data/{path}")).unwrap_or_else(|| panic!("{reply}"));
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
