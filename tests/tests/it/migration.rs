//! Migrations are applied, reverted and applied again.

use std::collections::BTreeMap;

use ::migration::{self, Migrator};
use entity::decision_review::{self, Model as ReviewRow};
use entity::{Day, store};
use needle_tests::{
    ImportFixture, RunFixture, StoredReview, Survey, TestDatabase, day, new_review, on_both_databases, reviews,
};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, QueryOrder as _};
use sea_orm_migration::MigratorTrait;
use serde_json::{Value, json};

/// The table of applied migrations; it stays when they are reverted.
const HISTORY: &str = "seaql_migrations";

/// Every column and index, as text.
async fn schema(test: &TestDatabase) -> Vec<String> {
    let statement = match test.database.backend() {
        DbBackend::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable \
             FROM information_schema.columns WHERE table_schema = 'public' \
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
             UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace ORDER BY 1"
        }
        _ => "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1",
    };
    test.query(statement).await.iter().map(|row| row.try_get_by_index(0).expect("text")).collect()
}

async fn migrations_go_up_and_down_and_up_again(test: &TestDatabase) {
    let (tables, first) = (test.tables().await, schema(test).await);
    assert!(tables.contains(&"response".to_owned()), "{tables:?}");
    Migrator::down(test.database.writer(), None).await.expect("down");
    assert_eq!(test.tables().await, [HISTORY]);
    Migrator::up(test.database.writer(), None).await.expect("up again");
    assert_eq!(test.tables().await, tables);
    assert_eq!(schema(test).await, first);
}

async fn migrating_a_current_database_changes_nothing(test: &TestDatabase) {
    let before = (schema(test).await, test.row_counts().await);
    Migrator::up(test.database.writer(), None).await.expect("up");
    assert_eq!((schema(test).await, test.row_counts().await), before);
}

/// The migration that gave reviews their columns.
const REVIEW_COLUMNS: &str = "m0012_review";

/// Reverts all migrations down to the one that gave reviews their columns, that one included.
async fn go_back_to_documents(test: &TestDatabase) {
    let steps = migration::status(test.database.writer()).await.expect("steps");
    let newer = steps.iter().skip_while(|step| step.name != REVIEW_COLUMNS).count();
    Migrator::down(test.database.writer(), u32::try_from(newer).ok()).await.expect("down");
}

async fn write_reviews(test: &TestDatabase) -> Vec<ReviewRow> {
    let survey = Survey::of_weeks(day("2024-01-01"), 34);
    let importer = ImportFixture::of(test).at("2024-08-28T06:00:00Z");
    assert!(importer.responses(survey.to_csv()).await.rejected.is_empty());
    let decision = |id: &str, on: &str| {
        json!({"externalId": id, "title": id, "owner": "ada", "takesEffectOn": on, "horizonWeeks": 8,
               "expectedImpact": 5, "loggedAt": "2024-03-01T09:00:00Z"})
    };
    let decisions = json!([decision("d1", "2024-05-20"), decision("d2", "2024-06-12"), decision("d3", "2024-03-04")]);
    assert!(importer.decisions(decisions).await.rejected.is_empty());
    RunFixture::at(test, "2024-08-28T06:00:00Z").replay(day("2024-03-11"), day("2024-08-27")).await;
    stored(test).await
}

async fn stored(test: &TestDatabase) -> Vec<ReviewRow> {
    let select = decision_review::Entity::find().order_by_asc(decision_review::Column::Id);
    select.all(test.database.reader()).await.expect("reviews")
}

/// Reviews rounded to a billionth of a point: reading JSON is not exact to the last bit. The documents do not know the
/// length of the compared windows.
fn without_last_digits(mut reviews: BTreeMap<(String, Day), StoredReview>) -> BTreeMap<(String, Day), StoredReview> {
    let rounded = |number: f64| (number * 1e9).round() / 1e9;
    for review in reviews.values_mut() {
        let row = &mut review.row;
        let numbers = [&mut row.interval_low, &mut row.interval_high, &mut row.standard_error];
        row.compared_days = None;
        for number in numbers.into_iter().chain([&mut row.smallest_detectable_effect]) {
            *number = number.map(rounded);
        }
        for week in &mut review.series.weeks {
            (week.observed, week.expected) = (week.observed.map(rounded), week.expected.map(rounded));
            week.expected_range = week.expected_range.map(|(low, high)| (rounded(low), rounded(high)));
        }
    }
    reviews
}

async fn reviews_keep_every_figure_from_documents_to_columns_and_back(test: &TestDatabase) {
    let rows = write_reviews(test).await;
    assert!(rows.len() > 20 && rows.iter().any(|row| row.interval_low.is_some()), "{rows:#?}");
    let before = reviews(&test.database).await;
    go_back_to_documents(test).await;
    let documents = test.query("SELECT CAST(detail AS TEXT) FROM decision_review ORDER BY id").await;
    let document: String = documents[0].try_get_by_index(0).expect("a document");
    let document: Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(document["expectationOutcome"], json!("UNDETERMINED"));
    let weeks = before[&("d3".to_owned(), rows[0].as_of)].series.weeks.len();
    assert_eq!(document["series"].as_array().map(Vec::len), Some(weeks));
    Migrator::up(test.database.writer(), None).await.expect("up again");
    let ids = |rows: &[ReviewRow]| rows.iter().map(|row| (row.id, row.run_id)).collect::<Vec<_>>();
    assert_eq!(ids(&stored(test).await), ids(&rows));
    assert_eq!(without_last_digits(reviews(&test.database).await), without_last_digits(before));
    // The next review gets a new id.
    let last = rows.last().expect("a review");
    let next = new_review(last.decision_id, day("2030-01-07"), last.run_id);
    store::decision_review::put(test.database.writer(), vec![next]).await.expect("put");
    assert!(stored(test).await.last().expect("a review").id > last.id);
}

async fn a_document_that_cannot_be_read_ends_the_migration_with_its_row(test: &TestDatabase) {
    let rows = write_reviews(test).await;
    go_back_to_documents(test).await;
    let change = async |set: &str| {
        let statement = format!("UPDATE decision_review SET {set} WHERE id = {}", rows[0].id.0);
        test.database.writer().execute_unprepared(&statement).await.expect("changed");
    };
    for (set, reason) in [("verdict = 'WORKED'", "WORKED"), ("verdict = 'TOO_EARLY', detail = '{}'", "before")] {
        change(set).await;
        let error = migration::up(test.database.writer()).await.expect_err("no review").to_string();
        let place = format!("as of {}", rows[0].as_of);
        assert!(error.contains(reason) && error.contains(&place) && error.contains("decision \"d"), "{error}");
        assert!(!test.tables().await.contains(&"review_series".to_owned()), "nothing is half done");
    }
}

async fn a_database_of_a_newer_version_is_refused_at_once(test: &TestDatabase) {
    let later = format!("INSERT INTO {HISTORY} (version, applied_at) VALUES ('m9999_later', 0)");
    test.database.writer().execute_unprepared(&later).await.expect("a later migration");
    for refused in [migration::up(test.database.writer()).await, migration::down(test.database.writer()).await] {
        let error = refused.expect_err("a newer version").to_string();
        assert!(error.contains("made by a newer needle (m9999_later): upgrade"), "{error}");
    }
}

on_both_databases!(
    a_database_of_a_newer_version_is_refused_at_once,
    migrations_go_up_and_down_and_up_again,
    migrating_a_current_database_changes_nothing,
    reviews_keep_every_figure_from_documents_to_columns_and_back,
    a_document_that_cannot_be_read_ends_the_migration_with_its_row,
);
