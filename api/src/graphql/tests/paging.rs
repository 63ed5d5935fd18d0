//! Paging over published reviews while runs publish.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use entity::Timestamp;
use entity::token::Role::Admin;
use serde_json::Value;

use crate::graphql::Api;
use crate::graphql::access::tests::{api_with_clock, execute_as};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A clock that tests set, in seconds after 2024-07-01T12:00:00Z, a Monday.
#[derive(Clone, Default)]
struct TestClock(Arc<AtomicI64>);

impl TestClock {
    fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// Eight decisions on eight regions, reviewed once.
async fn company(clock: &TestClock) -> (Api, tempfile::TempDir) {
    let seconds = clock.clone();
    let now = move || Timestamp(1_719_835_200_000_000).plus_seconds(seconds.0.load(Ordering::Relaxed));
    let (api, directory) = api_with_clock(now).await;
    record_responses(&api, "before", 30, |region, at| if at % 8 == region { 3 } else { 8 }).await;
    for region in 0..8 {
        let write = format!(
            "mutation {{ defineSegment(input: {{key: \"s{region}\", name: \"S\", filter: {{attribute: {{name: \"region\", in: [\"{region}\"]}}}}}})
            {{ userErrors {{ message }} }}
            logDecision(input: {{externalId: \"d{region}\", title: \"T\", targetSegmentKey: \"s{region}\", takesEffectOn: \"2024-06-03\",
            expectedImpact: 3}}) {{ userErrors {{ message }} }} }}"
        );
        assert_eq!(execute_as(&api, Admin, &write).await["errors"], Value::Null);
    }
    recompute(&api, "first").await;
    (api, directory)
}

/// Responses of every region on each of twenty weeks up to July 2024.
async fn record_responses(api: &Api, name: &str, per_week: i64, score: impl Fn(i64, i64) -> i64) {
    for week in 0..20 {
        let day = entity::Day(19_905 - 7 * week);
        let items: Vec<String> = (0..8)
            .flat_map(|region| (0..per_week).map(move |at| (region, at)))
            .map(|(region, at)| {
                format!(
                    "{{externalId: \"{name}-{week}-{region}-{at}\", score: {}, attributes: {{region: \"{region}\"}},
                    respondedAt: \"{day}T10:00:00Z\"}} ",
                    score(region, at)
                )
            })
            .collect();
        let items = items.concat();
        let write = format!(
            "mutation {{ recordResponses(input: {{responses: [{items}]}}) {{ accepted userErrors {{ message }} }} }}"
        );
        let written = execute_as(api, Admin, &write).await;
        assert_eq!(written["data"]["recordResponses"]["accepted"], 8 * per_week, "{written}");
    }
}

async fn recompute(api: &Api, key: &str) {
    let run = execute_as(
        api,
        Admin,
        &format!("mutation {{ recompute(input: {{key: \"{key}\"}}) {{ run {{ decisionsReviewed }} }} }}"),
    )
    .await;
    assert_eq!(run["data"]["recompute"]["run"]["decisionsReviewed"], 8, "{run}");
}

async fn page(api: &Api, arguments: &str) -> Value {
    let document = format!(
        "{{ decisions({arguments}) {{ totalCount pageInfo {{ endCursor startCursor hasNextPage }}
        nodes {{ externalId review {{ effect verdict }} }} }} }}"
    );
    execute_as(api, Admin, &document).await
}

fn ids(page: &Value) -> Vec<String> {
    let nodes = page["data"]["decisions"]["nodes"].as_array().unwrap_or_else(|| panic!("{page}"));
    nodes.iter().map(|node| node["externalId"].as_str().expect("an id").to_owned()).collect()
}

fn cursor(page: &Value, which: &str) -> String {
    page["data"]["decisions"]["pageInfo"][which].as_str().expect("a cursor").to_owned()
}

fn code(reply: &Value) -> &str {
    reply["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

const BY_EFFECT: &str = "first: 4, orderBy: {field: EFFECT, direction: DESC}";

/// Publishes effects in another order than before.
async fn reverse_effects(api: &Api, name: &str) {
    record_responses(api, name, 20, |region, _| if region < 4 { 10 } else { region % 3 }).await;
    recompute(api, name).await;
}

#[tokio::test]
async fn a_publish_between_two_pages_neither_skips_nor_repeats_a_decision() {
    let clock = TestClock::default();
    let (api, _directory) = company(&clock).await;
    let whole = page(&api, &BY_EFFECT.replace('4', "50")).await;
    let before = ids(&whole);
    let chosen = "first: 3, filter: {verdict: [TOO_EARLY, MOVED_UP, MOVED_DOWN, DID_NOT_MOVE, CONFOUNDED]}";
    let (first, few) = (page(&api, BY_EFFECT).await, page(&api, chosen).await);
    clock.advance(60);
    reverse_effects(&api, "after").await;
    let again = page(&api, &BY_EFFECT.replace('4', "50")).await;
    assert_ne!(ids(&again), before, "the publish must change the order, or this test shows nothing: {whole} {again}");
    let second = page(&api, &format!("{BY_EFFECT}, after: \"{}\"", cursor(&first, "endCursor"))).await;
    assert_eq!([ids(&first), ids(&second)].concat(), before);
    assert_eq!(second["data"]["decisions"]["totalCount"], 8);
    let back = BY_EFFECT.replace("first", "last");
    let back = page(&api, &format!("{back}, before: \"{}\"", cursor(&second, "startCursor"))).await;
    assert_eq!(ids(&back), ids(&first), "backwards through the old order");
    let mut walked = ids(&few);
    let mut at = few;
    while at["data"]["decisions"]["pageInfo"]["hasNextPage"] == true {
        at = page(&api, &format!("{chosen}, after: \"{}\"", cursor(&at, "endCursor"))).await;
        walked.extend(ids(&at));
    }
    assert_eq!(at["data"]["decisions"]["totalCount"].as_u64(), Some(walked.len() as u64), "{at}");
}

#[tokio::test]
async fn a_cursor_of_reviews_replaced_more_than_a_day_ago_has_expired() {
    let clock = TestClock::default();
    let (api, _directory) = company(&clock).await;
    let first = page(&api, BY_EFFECT).await;
    let next = format!("{BY_EFFECT}, after: \"{}\"", cursor(&first, "endCursor"));
    clock.advance(60);
    reverse_effects(&api, "second").await;
    clock.advance(DAY_SECONDS - 1);
    record_responses(&api, "third", 4, |region, _| region).await;
    recompute(&api, "third").await;
    assert_eq!(code(&page(&api, &next).await), "", "replaced a second less than a day ago");
    clock.advance(60);
    reverse_effects(&api, "fourth").await;
    let expired = page(&api, &next).await;
    assert_eq!((code(&expired), &expired["data"]), ("CURSOR_EXPIRED", &Value::Null), "{expired}");
    // The cursors of a list that does not depend on published reviews never expire.
    let by_day = page(&api, "first: 3").await;
    clock.advance(9 * DAY_SECONDS);
    let next = page(&api, &format!("first: 3, after: \"{}\"", cursor(&by_day, "endCursor"))).await;
    assert_eq!(ids(&next).len(), 3);
}

#[tokio::test]
async fn a_forged_cursor_is_a_bad_request() {
    use base64::Engine as _;
    let (api, _directory) = company(&TestClock::default()).await;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let of = "decisions by Effect Desc";
    for forged in [
        "bogus".to_owned(),
        encode(&format!("{{\"of\":\"{of}\",\"at\":{{\"key\":{{\"real\":1.0}},\"id\":1}}}}")),
        encode(&format!("{{\"of\":\"{of}\",\"at\":{{\"key\":{{\"real\":1.0}},\"id\":1}},\"edition\":99999}}")),
        encode(&format!("{{\"of\":\"{of}\",\"at\":{{\"key\":{{\"text\":\"a\"}},\"id\":1}},\"edition\":2}}")),
        encode(&format!("{{\"of\":\"{of}\",\"at\":{{\"key\":{{\"real\":1e999}},\"id\":1}},\"edition\":2}}")),
        encode("{\"of\":\"runs\",\"at\":{\"key\":{\"whole\":1},\"id\":1}}"),
    ] {
        let reply = page(&api, &format!("{BY_EFFECT}, after: \"{forged}\"")).await;
        assert_eq!(code(&reply), "BAD_USER_INPUT", "{forged}: {reply}");
        assert!(reply["errors"][0]["message"].as_str().is_some_and(|message| message.contains("cursor")), "{reply}");
    }
}
