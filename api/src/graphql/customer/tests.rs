//! Customers whose external id is an email address: what roles without personal data see of them, on every path.

use async_graphql::Value as GraphqlValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::token::Role::{Admin, Ingest, Leader, Viewer as Reader};
use serde_json::{Value, json};

use crate::graphql::Api;
use crate::graphql::access::tests::{api, execute_as};

/// Three customers, two of them with an address as id, and two responses.
async fn company() -> (Api, tempfile::TempDir) {
    let (api, directory) = api().await;
    let write = "mutation { upsertCustomers(input: {customers: [{externalId: \"eva@example.org\"}, {externalId: \"c1\"},
        {externalId: \"ada@example.org\"}]}) { accepted }
        recordResponses(input: {responses: [
        {externalId: \"eva@example.org-1\", customerExternalId: \"eva@example.org\", score: 9, respondedAt: \"2024-06-20T10:00:00Z\"},
        {externalId: \"r2\", customerExternalId: \"c1\", score: 3, respondedAt: \"2024-06-21T10:00:00Z\"}]}) { accepted } }";
    let written = execute_as(&api, Ingest, write).await;
    assert_eq!(written["data"]["upsertCustomers"]["accepted"], 3, "{written}");
    (api, directory)
}

/// True when a reply holds an address, also inside base64.
fn reveals_address(reply: &Value) -> bool {
    match reply {
        Value::String(text) => {
            // Most texts are not base64.
            let opaque =
                URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("example"));
            text.contains("example") || opaque
        }
        Value::Array(items) => items.iter().any(reveals_address),
        Value::Object(members) => members.values().any(reveals_address),
        _ => false,
    }
}

#[tokio::test]
async fn an_address_as_id_is_hidden_from_roles_without_personal_data() {
    let (api, _directory) = company().await;
    let read =
        "{ customers { edges { cursor node { id externalId responses { edges { cursor node { externalId } } } } }
        pageInfo { startCursor endCursor } }
        newest: customers(orderBy: {field: CREATED_AT, direction: DESC}) { edges { cursor node { externalId } } }
        responses { edges { cursor node { id externalId customer { id externalId } } } } }";
    for role in [Leader] {
        let reply = execute_as(&api, role, read).await;
        assert!(reply["errors"].is_null() && !reveals_address(&reply), "{reply}");
        assert_eq!(reply["data"]["customers"]["edges"][1]["node"]["externalId"], "c1", "{reply}");
    }
    let admin = execute_as(&api, Admin, read).await;
    assert!(reveals_address(&admin));
    assert_eq!(admin["data"]["customers"]["edges"][0]["node"]["externalId"], "ada@example.org");
    assert_eq!(admin["data"]["responses"]["edges"][1]["node"]["externalId"], "eva@example.org-1");
}

#[tokio::test]
async fn a_hidden_id_finds_its_customer_and_an_address_finds_none() {
    let (api, _directory) = company().await;
    let all = execute_as(&api, Leader, "{ responses { nodes { customer { externalId } } } }").await;
    let hidden = all["data"]["responses"]["nodes"][1]["customer"]["externalId"].as_str().expect("an id").to_owned();
    assert!(hidden.starts_with("hidden:"), "{all}");
    let by = |id: &str| {
        format!(
            "{{ customer(externalId: \"{id}\") {{ externalId }}
            responses(filter: {{customerExternalId: \"{id}\"}}) {{ totalCount nodes {{ score }} }} }}"
        )
    };
    let found = execute_as(&api, Leader, &by(&hidden)).await["data"].clone();
    assert_eq!(found["customer"]["externalId"], hidden);
    assert_eq!(found["responses"], json!({"totalCount": 1, "nodes": [{"score": 9}]}));
    for (role, count) in [(Leader, 0), (Admin, 1)] {
        let found = execute_as(&api, role, &by("eva@example.org")).await["data"].clone();
        assert_eq!((found["customer"].is_null(), &found["responses"]["totalCount"]), (count == 0, &json!(count)));
    }
    assert_eq!(execute_as(&api, Leader, &by("c1")).await["data"]["responses"]["totalCount"], 1);
    for (role, search, count) in [(Reader, "eva", 0), (Reader, "c", 1), (Reader, "a", 0), (Admin, "eva", 1)] {
        let document = format!("{{ customers(filter: {{search: \"{search}\"}}) {{ totalCount }} }}");
        assert_eq!(execute_as(&api, role, &document).await["data"]["customers"]["totalCount"], count, "{search}");
    }
}

#[tokio::test]
async fn pages_by_external_id_are_complete_and_a_forged_cursor_compares_no_addresses() {
    let (api, _directory) = company().await;
    let mut paged_ids = Vec::new();
    let mut after = GraphqlValue::Null;
    loop {
        let page = format!(
            "{{ customers(first: 1, after: {after}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = execute_as(&api, Reader, &page).await["data"]["customers"].clone();
        paged_ids.push(page["nodes"][0]["id"].clone());
        after = GraphqlValue::from(page["pageInfo"]["endCursor"].as_str().expect("a cursor"));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let all = execute_as(&api, Reader, "{ customers { nodes { id } } }").await;
    let ids: Vec<Value> =
        all["data"]["customers"]["nodes"].as_array().expect("a list").iter().map(|node| node["id"].clone()).collect();
    assert_eq!((paged_ids.len(), paged_ids), (3, ids));
    let backwards = format!("{{ customers(last: 5, before: {after}) {{ totalCount nodes {{ id }} }} }}");
    assert_eq!(
        execute_as(&api, Reader, &backwards).await["data"]["customers"]["nodes"].as_array().map(Vec::len),
        Some(2)
    );
    for at in [json!({"key": {"text": "eva"}, "id": 1}), json!({"key": {"whole": 99}, "id": 99})] {
        let cursor = URL_SAFE_NO_PAD.encode(json!({"of": "customers by ExternalId Asc", "at": at}).to_string());
        let refused = execute_as(&api, Reader, &format!("{{ customers(after: \"{cursor}\") {{ totalCount }} }}")).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
    }
}
