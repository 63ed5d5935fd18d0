//! A small company: thirty-four weeks of responses, two segments, one decision that is over and one that is planned.

use entity::store;
use needle_tests::{ImportFixture, RunFixture, Survey, TestDatabase, day, timestamp};
use serde_json::json;

/// A Wednesday after the last response.
pub const NOW: &str = "2024-08-28T06:00:00Z";

/// Imports the company's files and recomputes everything.
pub async fn company(test: &TestDatabase) {
    let importer = ImportFixture::of(test).at(NOW);
    let survey = Survey::of_weeks(day("2024-01-01"), 34);
    importer.add_responses(survey.to_csv()).await;
    let mut words = "response_id,score,responded_at,comment,region,plan\n".to_owned();
    for (id, score, words_of, plan) in [
        ("w1", "2", "I waited for weeks and nobody ever answered my letters", "pro"),
        ("w2", "1", "write to eva@example.org and explain yourselves please", "pro"),
        ("w3", "9", "a lovely thing to find in the kitchen on a Monday", "rare"),
    ] {
        words += [id, score, "2024-08-20T10:00:00Z", words_of, "EU", plan].join(",").as_str();
        words.push('\n');
    }
    importer.add_responses(words).await;
    let one_of = |name: &str, value: &str| json!({"attribute": {"name": name, "in": [value]}});
    let segments = json!([
        {"key": "eu", "name": "Europe", "filter": one_of("region", "EU"), "primary": true},
        {"key": "us", "name": "America", "filter": one_of("region", "US")},
        {"key": "few", "name": "Few", "filter": one_of("plan", "rare")},
    ]);
    importer.add_segments(segments).await;
    let decision = |id: &str, title: &str, from: &str, weeks: i32, logged: &str| {
        json!({"externalId": id, "title": title, "owner": "ada", "targetSegmentKey": "eu", "takesEffectOn": from,
               "horizonWeeks": weeks, "expectedImpact": 5, "expectedLow": 2, "expectedHigh": 8, "loggedAt": logged})
    };
    let decisions = json!([
        decision("returns", "Free returns", "2024-05-20", 8, "2024-05-06T09:00:00Z"),
        decision("boxes", "New boxes", "2024-09-02", 12, "2024-08-20T09:00:00Z"),
    ]);
    importer.add_decisions(decisions).await;
    let analyst = RunFixture::at(test, NOW);
    analyst.replay(day("2024-05-27"), day("2024-08-26")).await;
    analyst.run().await;
    let primary = store::segment::primary(test.database.reader()).await.expect("a reply");
    assert!(primary.is_some() && analyst.context.clock.now() == timestamp(NOW));
}
