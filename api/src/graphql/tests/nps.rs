//! Scores of slices and segments in two ranges of days, and their change.

use std::fmt::Write as _;

use entity::Timestamp;
use entity::token::Role::{Admin, Viewer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::graphql::Api;
use crate::graphql::access::tests::{api_with_clock, execute_as};

/// Responses of two regions in two months: ten a month and region, in the north four in May and nine in June, in the
/// south all tens; and three of the east in June.
const RESPONSES: [(&str, &str, i64, usize); 5] = [
    ("north", "2024-05-06", 4, 10),
    ("north", "2024-06-03", 9, 10),
    ("south", "2024-05-06", 10, 10),
    ("south", "2024-06-03", 10, 10),
    ("east", "2024-06-03", 0, 3),
];

const RANGES: &str =
    r#"during: {from: "2024-06-01", until: "2024-07-01"}, compareTo: {from: "2024-05-01", until: "2024-06-01"}"#;

/// An API with these responses, counted, and the segments `north` and `east`.
async fn company() -> (Api, TempDir) {
    let (api, directory) = api_with_clock(|| Timestamp(1_719_835_200_000_000)).await;
    let mut items = String::new();
    for (region, day, score, count) in RESPONSES {
        for at in 0..count {
            write!(
                items,
                "{{externalId: \"{region}-{day}-{at}\", score: {score}, respondedAt: \"{day}T10:00:00Z\", \
                 attributes: {{region: \"{region}\"}}}} "
            )
            .expect("a text");
        }
    }
    let define = |key: &str| {
        format!(
            "defineSegment(input: {{key: \"{key}\", name: \"N\", filter: {{attribute: {{name: \"region\", in: [\"{key}\"]}}}}}}) \
             {{ userErrors {{ message }} }}"
        )
    };
    let write = format!(
        "mutation {{ recordResponses(input: {{responses: [{items}]}}) {{ accepted }} north: {} east: {} \
         recompute(input: {{key: \"k\"}}) {{ run {{ state }} }} }}",
        define("north"),
        define("east")
    );
    let written = execute_as(&api, Admin, &write).await;
    assert_eq!(written["errors"], Value::Null, "{written}");
    (api, directory)
}

#[tokio::test]
async fn two_ranges_of_a_slice_and_of_a_segment_are_compared() {
    let (api, _directory) = company().await;
    let score =
        "responses score compared { responses score compared { score } } change { points interval { low high } }";
    let query = format!(
        "{{ segment(key: \"north\") {{ nps({RANGES}) {{ {score} }} }}
            nps(where: {{attribute: {{name: \"region\", in: [\"north\"]}}}}, {RANGES}) {{ {score} }}
            alone: nps {{ {score} }}
            small: segment(key: \"east\") {{ nps({RANGES}) {{ responses suppressed score change {{ points }} }} }}
            npsBreakdown(by: [\"region\"], {RANGES}) {{ key {{ value }} change changeInterval {{ low high }} }} }}"
    );
    let reply = execute_as(&api, Admin, &query).await;
    let data = &reply["data"];
    let north = &data["segment"]["nps"];
    assert_eq!(north, &data["nps"], "{reply}");
    assert_eq!((&north["responses"], &north["score"]), (&json!(10), &json!(100.0)));
    assert_eq!(north["compared"], json!({"responses": 10, "score": -100.0, "compared": null}));
    assert_eq!(north["change"]["points"], json!(200.0));
    let groups = data["npsBreakdown"].as_array().expect("groups");
    let group = groups.iter().find(|group| group["key"][0]["value"] == "north").expect("the north");
    assert_eq!(group["changeInterval"], north["change"]["interval"], "the same figure on every way");
    assert_eq!((&data["alone"]["compared"], &data["alone"]["change"]), (&Value::Null, &Value::Null));
    let read = execute_as(&api, Viewer, &query).await;
    let small = &read["data"]["small"]["nps"];
    assert_eq!(small, &json!({"responses": 3, "suppressed": true, "score": null, "change": null}), "{read}");
    let wrong = query.replace("until: \"2024-06-01\"", "until: \"2024-04-01\"");
    let wrong = execute_as(&api, Admin, &wrong).await;
    assert!(wrong["errors"][0]["message"].as_str().is_some_and(|text| text.contains("compareTo")), "{wrong}");
}

#[tokio::test]
async fn groups_of_a_breakdown_are_sorted_and_cut_off() {
    let (api, _directory) = company().await;
    let regions = async |role, order: &str| {
        let query = format!("{{ npsBreakdown(by: [\"region\"], {RANGES}, {order}) {{ key {{ value }} }} }}");
        let reply = execute_as(&api, role, &query).await;
        let groups = reply["data"]["npsBreakdown"].as_array().unwrap_or_else(|| panic!("{reply}")).clone();
        let value = |group: &Value| group["key"][0]["value"].as_str().unwrap_or("the rest").to_owned();
        groups.iter().map(value).collect::<Vec<_>>()
    };
    for (order, expected) in [
        ("first: 10000", &["east", "north", "south"][..]),
        ("orderBy: {field: SCORE, direction: DESC}", &["north", "south", "east"]),
        ("orderBy: {field: SCORE, direction: ASC}", &["east", "north", "south"]),
        ("orderBy: {field: RESPONSES, direction: ASC}, first: 2", &["east", "north"]),
        ("orderBy: {field: CHANGE, direction: DESC}", &["north", "south", "east"]),
        ("orderBy: {field: CHANGE, direction: ASC}", &["south", "north", "east"]),
        ("orderBy: {field: RATE_EFFECT, direction: DESC}, first: 1", &["north"]),
        ("first: 0", &[]),
    ] {
        assert_eq!(regions(Admin, order).await, expected, "{order}");
    }
    for direction in ["ASC", "DESC"] {
        let order = format!("orderBy: {{field: RESPONSES, direction: {direction}}}");
        assert_eq!(regions(Viewer, &order).await.last().map(String::as_str), Some("the rest"), "{direction}");
    }
    for (arguments, expected) in [
        ("first: -1", "first: expected 0 to 10000, found -1"),
        ("first: 10001", "first: expected 0 to 10000, found 10001"),
        ("orderBy: {field: CHANGE, direction: ASC}", "orderBy: expected `compareTo` with an order by CHANGE"),
    ] {
        let query = format!("{{ npsBreakdown(by: [\"region\"], {arguments}) {{ key {{ value }} }} }}");
        let reply = execute_as(&api, Admin, &query).await;
        assert!(reply["errors"][0]["message"].as_str().is_some_and(|text| text.contains(expected)), "{reply}");
    }
}
