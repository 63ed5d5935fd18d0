//! Tests of the API in sequence: a company from its first customer to its first score, and the detectability of
//! decisions.

use super::*;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario in order")]
async fn a_company_records_responses_and_reads_its_score() {
    let server = TestServer::start(None).await;
    let (admin, viewer) = (server.token("anna", Role::Admin).await, server.token("vera", Role::Viewer).await);
    let leader = server.token("lea", Role::Leader).await;
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
        primaryDeclarations { declaredBy reason segment { key } }
        runs { nodes { full weeksCounted } }
        decision(externalId: \"d1\") { review { id } movedTheNeedle reviews { totalCount } } }";
    let variables = json!({"where": {"attribute": {"name": "region", "in": ["EU"]}}});
    let read_by_viewer = server.execute(&viewer, read, variables).await;
    assert_eq!(read_by_viewer["errors"], Value::Null, "{read_by_viewer}");
    let data = &read_by_viewer["data"];
    assert_eq!(data["nps"]["responses"], 11);
    assert_eq!(data["europe"], json!({"responses": 3, "suppressed": true, "score": null}));
    assert_eq!(data["npsBreakdown"][0], json!({"key": [{"value": "EU"}], "nps": {"responses": 6}}));
    assert_eq!(data["segments"]["nodes"][0]["filter"], json!({"attribute": {"name": "region", "in": ["EU"]}}));
    assert_eq!(data["segments"]["nodes"][0]["current"]["rolling"]["responses"], 6, "{data}");
    assert_eq!(data["segments"]["nodes"][0]["decisions"]["nodes"][0]["target"]["key"], "eu");

    let single = "query($where: ProfileFilter) { responses(first: 2, filter: {where: $where}) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { externalId category channel attributes customer { externalId } } } }";
    let variables = json!({"where": {"attribute": {"name": "region", "in": ["EU"]}}});
    let read_by_leader = server.execute(&leader, single, variables.clone()).await;
    let responses = &read_by_leader["data"]["responses"];
    assert_eq!(responses["totalCount"], 6, "{read_by_leader}");
    assert_eq!(responses["nodes"][0]["attributes"], json!({"channel": "email", "region": "EU"}));
    let refused = server.execute(&viewer, single, variables).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");

    let personal = server.execute(&viewer, "{ customers { nodes { externalId email } } }", json!({})).await;
    assert_eq!(personal["data"]["customers"]["nodes"][0], json!({"externalId": "c1", "email": null}));
    assert_eq!(personal["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let admin_read =
        server.execute(&admin, "{ customer(externalId: \"c1\") { email responses { totalCount } } }", json!({})).await;
    assert_eq!(admin_read["data"]["customer"], json!({"email": "a@example.org", "responses": {"totalCount": 6}}));

    for (token, query, code) in [
        (&ingest, "{ segments { totalCount } }", "FORBIDDEN"),
        (&viewer, "mutation { recompute(input: {key: \"x\"}) { run { id } } }", "FORBIDDEN"),
        (&viewer, "{ nps(where: {attribute: {name: \"planet\", exists: true}}) { score } }", "BAD_USER_INPUT"),
        (&leader, "{ responses(after: \"bogus\") { totalCount } }", "BAD_USER_INPUT"),
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
async fn detectability_is_reported_before_and_when_a_decision_is_logged() {
    let server = TestServer::start(None).await;
    let (viewer, ingest) = (server.token("vera", Role::Viewer).await, server.token("pipe", Role::Ingest).await);
    let (admin, leader) = (server.token("anna", Role::Admin).await, server.token("lea", Role::Leader).await);
    // 20 weeks before Monday, 2024-07-01, each with 12 responses per region.
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
    let detectability_query = format!(
        "query($key: String, $horizon: Int) {{ detectability(input: {{targetSegmentKey: $key, takesEffectOn: \"2024-07-08\",
            horizonWeeks: $horizon, expectedImpact: 3}}) {{ {fields} }} }}"
    );
    let estimated = server.execute(&viewer, &detectability_query, json!({"key": "eu", "horizon": 12})).await;
    let found = estimated["data"]["detectability"].clone();
    assert_eq!(
        (&found["expectedResponses"], &found["method"]),
        (&json!(144), &json!("DIFFERENCE_IN_DIFFERENCES")),
        "{estimated}"
    );
    let smallest = found["smallestDetectableEffect"].as_f64().expect("a number");
    assert!((20.0..60.0).contains(&smallest) && found["power"].as_f64() < Some(0.2), "{found}");
    let advice = found["advice"].as_str().expect("a sentence");
    assert!(advice.starts_with("52 responses a month: +3 points cannot be distinguished from chance"), "{advice}");
    let everyone = server.execute(&viewer, &detectability_query, json!({"horizon": 12})).await;
    assert_eq!(everyone["data"]["detectability"]["method"], "INTERRUPTED_TIME_SERIES", "{everyone}");

    for (token, key, horizon, code) in
        [(&viewer, "nowhere", 12, "NOT_FOUND"), (&viewer, "eu", 0, "BAD_USER_INPUT"), (&ingest, "eu", 12, "FORBIDDEN")]
    {
        let refused = server.execute(token, &detectability_query, json!({"key": key, "horizon": horizon})).await;
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
