//! Known denial-of-service attacks with one request, each refused by the limit that is meant for it. None is timed
//! here: refusing before execution takes time proportional to the length of the text.

use super::*;
use crate::graphql::limit::RequestLimits;

/// Writes a text for each number and joins them with spaces.
fn repeat(numbers: std::ops::Range<usize>, write: impl Fn(usize) -> String) -> String {
    numbers.map(|at| write(at) + " ").collect::<Vec<_>>().concat()
}

/// The attacks, each with the limit that stops it.
fn attacks() -> Vec<(String, &'static str)> {
    let nested = "{ segments(first: 100) { nodes { decisions(first: 100) { nodes { reviews(first: 1000) { nodes { id } } } } } } }";
    let deep = "{ target { decisions { nodes ".repeat(8);
    let deep_end = "} } }".repeat(8);
    let bomb = repeat(0..30, |at| format!("fragment F{at} on Query {{ ...F{0} ...F{0} }}", at + 1));
    let chain = repeat(0..2_000, |at| format!("fragment F{at} on Query {{ ...F{} }}", at + 1));
    let circular =
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    let introspections = repeat(0..99, |at| {
        format!(
            "a{at}: __schema {{ types {{ name fields {{ name args {{ name type {{ name }} }} type {{ name }} }} }} }}"
        )
    });
    vec![
        (nested.to_owned(), "cost"),
        (format!("{{ decisions {{ nodes {deep} id {deep_end} }} }}"), "depth"),
        (format!("{{ ...F0 }} {bomb} fragment F30 on Query {{ __typename }}"), "selections"),
        (format!("{{ ...F0 }} {chain} fragment F2000 on Query {{ __typename }}"), "tokens"),
        (
            format!(
                "{{ ...F0 }} {} fragment F900 on Query {{ a }}",
                repeat(0..900, |at| format!("fragment F{at} on Query {{ ...F{} }}", at + 1))
            ),
            "nesting",
        ),
        (format!("{{ {} }}", repeat(0..20_000, |at| format!("a{at}: __typename"))), "tokens"),
        (format!("{{ {} }}", repeat(0..101, |at| format!("a{at}: __typename"))), "aliases"),
        (format!("{{ __typename {} }}", "@skip(if: false) ".repeat(20_000)), "tokens"),
        (format!("{{ __typename {} }}", "@aa ".repeat(1_000)), "directives"),
        (format!("{{ {} }}", "__typename ".repeat(500)), "repeats"),
        (format!("{{ {} }}", "nps { score } ".repeat(51)), "repeats"),
        (format!("{{ {} }}", repeat(0..99, |at| format!("a{at}: npsSeries {{ nps {{ score }} }}"))), "cost"),
        (circular.to_owned(), "introspection_depth"),
        (format!("{{ {introspections} }}"), "cost"),
        (format!("{{ nodes(ids: {}) {{ id }} }}", "[".repeat(100_000)), "tokens"),
        (format!("{{ nodes(ids: {}) {{ id }} }}", "[".repeat(1_000)), "nesting"),
        ("{ ".repeat(1_000), "nesting"),
        ("{ runs(first: 1001) { totalCount } }".to_owned(), "page"),
        ("{ runs(last: 2147483647) { totalCount } }".to_owned(), "page"),
        (format!("{{ {} }}", "\"".repeat(500_001)), "tokens"),
    ]
}

#[tokio::test]
async fn each_attack_is_refused_by_the_limit_that_is_meant_for_it() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Viewer).await;
    for (query, limit) in attacks() {
        let start = &query[..query.len().min(60)];
        let reply = server.post(&token, RESPONSE, &json!({ "query": query })).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "LIMIT_EXCEEDED"), "{start}: {}", reply.body);
        let error = &reply.json()["errors"][0];
        let values = &error["extensions"];
        assert_eq!(values["limit"], limit, "{start}: {error}");
        assert!(values["found"].as_u64() > values["maximum"].as_u64(), "{start}: {error}");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(&values["maximum"].to_string()) && message.contains(limit), "{start}: {error}");
        assert!(reply.body.len() < 1_000 && reply.json().get("data").is_none(), "{start}: {}", reply.body);
    }
    let after = server.execute(&token, "{ viewer { name } }", json!({})).await;
    assert_eq!(after["data"]["viewer"]["name"], "anna", "the next request is served");
}

#[tokio::test]
async fn deep_variables_are_refused_before_they_are_parsed() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Viewer).await;
    let head = format!("POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}");
    for levels in [33, 100_000] {
        let deep = format!("{}1{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        let body = format!(r#"{{"query": "{{ __typename }}", "variables": {{"a": {deep}}}}}"#);
        let reply = server.send(&head, &body).await;
        let values = &reply.json()["errors"][0]["extensions"];
        assert_eq!(
            (reply.status, values),
            (400, &json!({"code": "LIMIT_EXCEEDED", "limit": "variables_depth", "maximum": 32, "found": levels}))
        );
    }
    let get = format!(
        "GET /graphql?query=%7B__typename%7D&variables=%7B%22a%22:{} HTTP/1.1\r\nAuthorization: Bearer {token}",
        "%5B".repeat(40)
    );
    assert_eq!(server.send(&get, "").await.json()["errors"][0]["extensions"]["limit"], "variables_depth");
}

#[tokio::test]
async fn a_long_list_that_many_fields_use_is_refused_before_it_is_copied() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Viewer).await;
    let fields = repeat(0..99, |at| format!("a{at}: nps(where: {{attribute: {{name: \"n\", in: $in}}}}) {{ score }}"));
    let body =
        json!({"query": format!("query($in: [String!]) {{ {fields} }}"), "variables": {"in": vec!["x"; 100_000]}});
    let reply = server.post(&token, RESPONSE, &body).await;
    let values = &reply.json()["errors"][0]["extensions"];
    assert_eq!((&values["limit"], &values["maximum"]), (&json!("values"), &json!(100_000)), "{}", reply.body);
}

#[tokio::test]
async fn a_body_beyond_its_limit_is_named_with_its_size() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Viewer).await;
    let reply =
        server.post(&token, JSON, &json!({ "query": format!("{{ __typename }} #{}", "x".repeat(1 << 20)) })).await;
    let values = &reply.json()["errors"][0]["extensions"];
    assert_eq!(
        (reply.status, &values["limit"], &values["maximum"]),
        (413, &json!("body_limit_bytes"), &json!(1 << 20))
    );
    assert!(values["found"].as_u64() > Some(1 << 20), "{values}");
}

#[tokio::test]
async fn a_document_with_very_many_mistakes_gets_the_first_of_them() {
    let server = TestServer::start(None).await;
    let token = server.token("anna", Role::Viewer).await;
    let query = format!("{{ {} }}", repeat(0..5_000, |at| format!("decision{at}")));
    let reply = server.post(&token, RESPONSE, &json!({ "query": query })).await;
    let errors = reply.json()["errors"].as_array().expect("errors").clone();
    assert_eq!((reply.status, errors.len()), (400, 51), "{}", reply.body);
    assert_eq!(errors[50]["message"], "and 4950 more errors");
}

#[tokio::test]
async fn the_cost_of_a_query_and_the_remaining_budget_are_reported() {
    let limits = RequestLimits { cost: 1_000, cost_per_second: 100, ..RequestLimits::default() };
    let server =
        TestServer::start_with(None, ApiSettings { limits, ..ApiSettings::default() }, AccessConfig::default()).await;
    let (anna, otto) = (server.token("anna", Role::Viewer).await, server.token("otto", Role::Ingest).await);
    let query = "{ requestCost { query limit left perSecond } segments(first: 100) { nodes { id } } }";
    let reply = server.execute(&anna, query, json!({})).await;
    let expected = json!({"query": 106, "limit": 1_000, "left": 894, "perSecond": 100});
    assert_eq!((&reply["data"]["requestCost"], &reply["extensions"]["cost"]), (&expected, &expected), "{reply}");
    let expensive = "{ segments(first: 900) { nodes { id } } }";
    for accept in [RESPONSE, JSON] {
        let refused = server.post(&anna, accept, &json!({ "query": expensive })).await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "LIMIT_EXCEEDED"), "{}", refused.body);
        assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
        let values = &refused.json()["errors"][0]["extensions"];
        assert_eq!(
            (&values["limit"], &values["found"], &values["left"]),
            (&json!("cost_per_second"), &json!(901), &json!(894))
        );
    }
    // Another token has a budget of its own, and the role ingest may read the cost too.
    let other = server.execute(&otto, "{ requestCost { query left } }", json!({})).await;
    assert_eq!(other["data"]["requestCost"], json!({"query": 3, "left": 997}));
    let too_expensive = server.execute(&anna, "{ segments(first: 1000) { nodes { id } } }", json!({})).await;
    assert_eq!(too_expensive["errors"][0]["extensions"]["limit"], "cost", "{too_expensive}");
}
