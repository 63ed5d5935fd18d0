//! The doctor: it reports nothing about a healthy database, and each fault that a test causes.

mod finding;
mod opening;

use entity::Database;
use jobs::clock::Clock;
use jobs::doctor::{DoctorContext, DoctorFinding, FindingLevel, SchemaState, examine};
use needle_tests::{ImportFixture, Survey, TestDatabase, day, timestamp};
use sea_orm::ConnectionTrait;
use serde_json::json;

/// After the last response of the survey.
const END: &str = "2024-08-28T06:00:00Z";

/// Examines a database through a connection that can only read.
pub async fn examine_database(test: &TestDatabase, quick: bool, now: &str) -> Vec<DoctorFinding> {
    let database = Database::inspect(&test.url).await.expect("a connection");
    let found = examine(&doctor_context(database, quick, now).await).await;
    assert!(found.iter().all(|finding| !finding.area.is_empty() && !finding.message.is_empty()), "{found:?}");
    assert!(found.iter().all(|finding| (finding.level == FindingLevel::Ok) == finding.advice.is_none()), "{found:?}");
    found
}

async fn doctor_context(database: Database, quick: bool, now: &str) -> DoctorContext {
    let compared = migration::compare(database.reader()).await.expect("a reply");
    let schema = SchemaState { applied: compared.applied, pending: compared.pending, unknown: compared.unknown };
    let now = timestamp(now);
    DoctorContext { database, schema, clock: Clock::new(move || now), values_limit: 1_000, quick }
}

/// The findings above the level of a note, as area, code and level.
fn serious(found: &[DoctorFinding]) -> Vec<(&'static str, &'static str, FindingLevel)> {
    let serious = found.iter().filter(|finding| finding.level > FindingLevel::Note && finding.area != "disk");
    serious.map(|finding| (finding.area, finding.code, finding.level)).collect()
}

fn find<'a>(found: &'a [DoctorFinding], code: &str) -> &'a DoctorFinding {
    found.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("no {code}: {found:#?}"))
}

async fn execute(test: &TestDatabase, sql: &str) {
    test.database.writer().execute_unprepared(sql).await.expect(sql);
}

/// A company with responses, a primary customer, an admin and a published version.
async fn healthy(test: &TestDatabase) -> needle_tests::RunFixture {
    let writer = test.database.writer();
    entity::store::setting::calendar(writer, None).await.expect("a calendar");
    let importer = ImportFixture::of(test).at(END);
    let survey = Survey::of_weeks(day("2024-01-01"), 34);
    importer.add_responses(survey.to_csv()).await;
    let europe = json!({"attribute": {"name": "region", "in": ["EU"]}});
    importer.add_segments(json!([{"key": "eu", "name": "Europe", "filter": europe, "primary": true}])).await;
    let role = entity::token::Role::Admin;
    entity::store::token::insert(writer, "ada", role, vec![1], timestamp(END)).await.expect("a token");
    let analyst = needle_tests::RunFixture::at(test, END);
    analyst.run().await;
    analyst
}
