//! The recompute: what it stores, compared with independent counts and with other ways to the same result.

mod analytics;
mod concurrent;
mod demo;
mod detectability;
mod dimension;
mod dimension_limit;
mod disclosure;
mod erase;
mod forecast;
mod idempotency;
mod incremental;
mod order;
mod past;
mod review;
mod score;
mod sensitivity;
mod time_zone;
mod verdict;

use entity::{Day, store};
use needle_analytics::analytics_cache::Analytics;
use needle_tests::{ImportFixture, RunFixture, Survey, SurveyResponse, TestDatabase, day};
use serde_json::{Value, json};

/// After the last response of every survey here.
pub const END: &str = "2024-08-28T06:00:00Z";

/// A group of customers: its key, its filter, and a test of membership.
struct CustomerGroup {
    key: &'static str,
    filter: Value,
    is_member: fn(&SurveyResponse) -> bool,
}

/// Thirty-four weeks of responses, the first on Monday, 2024-01-01, the last before Monday, 2024-08-26.
pub fn survey() -> Survey {
    Survey::of_weeks(day("2024-01-01"), 34)
}

/// The filter of those whose attribute has one of these values.
fn one_of(name: &str, values: &[&str]) -> Value {
    json!({"attribute": {"name": name, "in": values}})
}

/// Overlapping groups that use every part of a filter.
fn groups() -> Vec<CustomerGroup> {
    let europe = one_of("region", &["EU"]);
    vec![
        CustomerGroup { key: "everyone", filter: json!({"all": []}), is_member: |_| true },
        CustomerGroup { key: "nobody", filter: json!({"any": []}), is_member: |_| false },
        CustomerGroup { key: "europe", filter: europe.clone(), is_member: |response| response.region == Some("EU") },
        CustomerGroup {
            key: "elsewhere",
            filter: json!({"not": europe}),
            is_member: |response| response.region != Some("EU"),
        },
        CustomerGroup {
            key: "europe-or-pro",
            filter: json!({"any": [europe, one_of("plan", &["pro"])]}),
            is_member: |response| response.region == Some("EU") || response.plan == Some("pro"),
        },
        CustomerGroup {
            key: "planned-west-of-few-seats",
            filter: json!({"all": [
                one_of("region", &["EU", "US"]),
                {"attribute": {"name": "plan", "exists": true}},
                {"not": {"attribute": {"name": "seats", "atLeast": 40}}},
            ]}),
            is_member: |response| {
                matches!(response.region, Some("EU" | "US"))
                    && response.plan.is_some()
                    && !matches!(response.seats, Some("40" | "1e2"))
            },
        },
        CustomerGroup {
            key: "of-no-region",
            filter: json!({"attribute": {"name": "region", "exists": false}}),
            is_member: |response| response.region.is_none(),
        },
        CustomerGroup {
            key: "small",
            filter: json!({"attribute": {"name": "seats", "atLeast": 5, "below": 40}}),
            is_member: |response| matches!(response.seats, Some("5" | "12.5")),
        },
    ]
}

/// The groups as a document of segments.
fn segments() -> Value {
    groups().into_iter().map(|group| segment(group.key, &group.filter)).collect()
}

fn segment(key: &str, filter: &Value) -> Value {
    json!({"key": key, "name": key, "filter": filter})
}

/// Four decisions: of a Monday, of a Wednesday for everyone, of overlapping customers, and one logged too late.
fn decisions() -> Value {
    json!([
        decision("for-europe", "europe", "2024-05-20", 8, "2024-05-06T09:00:00Z"),
        decision("for-everyone", Value::Null, "2024-06-12", 4, "2024-05-29T10:00:00Z"),
        decision("for-small", "small", "2024-04-25", 12, "2024-04-17T10:00:00Z"),
        decision("late", "europe-or-pro", "2024-05-13", 10, "2024-06-05T10:00:00Z"),
    ])
}

fn decision(id: &str, target: impl Into<Value>, takes_effect_on: &str, horizon_weeks: i32, logged_at: &str) -> Value {
    json!({"externalId": id, "title": id, "owner": "ada", "targetSegmentKey": target.into(),
           "takesEffectOn": takes_effect_on, "horizonWeeks": horizon_weeks, "expectedImpact": 5, "loggedAt": logged_at})
}

/// Imports a survey, all segments and all decisions.
pub async fn import_everything(test: &TestDatabase, survey: &Survey) -> ImportFixture {
    let importer = ImportFixture::of(test).at(END);
    importer.add_responses(survey.to_csv()).await;
    importer.add_segments(segments()).await;
    importer.add_decisions(decisions()).await;
    importer
}

async fn analytics(test: &TestDatabase) -> Analytics {
    Analytics::load(&test.database, RunFixture::at(test, END).context.calendar.get()).await.expect("figures")
}

/// The published version, its as-of day, and the day from which responses are left out.
async fn published(test: &TestDatabase) -> Option<(i64, Day, Option<Day>)> {
    let publication = store::publication::current(test.database.reader()).await.expect("a reply");
    publication.map(|row| (row.version, row.as_of, row.answers_before))
}
