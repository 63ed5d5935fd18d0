//! Reviews and their weekly series: read as they were written, and what cannot be read is named.

use entity::StoreError;
use entity::decision::DecisionId;
use entity::decision_review::{Model as ReviewRow, ReviewId};
use entity::store::decision_review::{by_ids, newest, newest_until, newest_verdicts, positions, put};
use entity::store::review_series::{by_reviews, unpack};
use entity::store::{decision, decision_standing};
use entity::verdict::Verdict;
use needle_tests::{TestDatabase, day, new_review, on_both_databases, timestamp};

use super::decision::draft;
use super::{NOW, start_run};

const AS_OF: &str = "2024-07-08";

/// Writes a decision with one review.
pub async fn write(test: &TestDatabase) -> (DecisionId, ReviewRow) {
    let writer = test.database.writer();
    let id = decision::insert(writer, draft("d1", "2024-07-01")).await.expect("inserted");
    let review = new_review(id, day(AS_OF), start_run(&test.database).await);
    put(writer, vec![review]).await.expect("put");
    let row = newest(test.database.reader(), &[id]).await.expect("reviews").remove(&id).expect("a review");
    (id, row)
}

async fn change(test: &TestDatabase, statement: &str) {
    use sea_orm::ConnectionTrait as _;
    test.database.writer().execute_unprepared(statement).await.expect("changed");
}

async fn a_review_comes_back_as_written(test: &TestDatabase) {
    let (id, row) = write(test).await;
    let written = new_review(id, day(AS_OF), row.run_id);
    assert_eq!(row, ReviewRow { id: row.id, ..written.row.clone() });
    let reader = test.database.reader();
    let packed = by_reviews(reader, &[row.id]).await.expect("series");
    assert_eq!(unpack(reader, &row, packed.get(&row.id)).await.expect("a series"), written.series);
    let minimal = ReviewRow {
        effect: None,
        method: None,
        interval_low: None,
        interval_high: None,
        interval_level: None,
        standard_error: None,
        comparison_before_promoters: None,
        comparison_before_passives: None,
        comparison_before_detractors: None,
        comparison_after_promoters: None,
        comparison_after_passives: None,
        comparison_after_detractors: None,
        smallest_detectable_effect: None,
        decidable_by: None,
        ..row.clone()
    };
    let mut again = new_review(id, day(AS_OF), row.run_id);
    again.row = minimal.clone();
    again.series.weeks.truncate(1);
    put(test.database.writer(), vec![again.clone()]).await.expect("put");
    assert_eq!(by_ids(reader, &[row.id]).await.expect("reviews")[&row.id], minimal, "it is replaced and keeps its id");
    let packed = by_reviews(reader, &[row.id]).await.expect("series");
    assert_eq!(unpack(reader, &minimal, packed.get(&row.id)).await.expect("a series"), again.series);
}

async fn many_reviews_are_written_with_their_own_series(test: &TestDatabase) {
    let (id, row) = write(test).await;
    let review = |week: i32| {
        let mut review = new_review(id, day(AS_OF).plus_days(7 * week), row.run_id);
        review.series.weeks[0].responses = week.unsigned_abs().into();
        review
    };
    let written: Vec<_> = (0..1_200).map(review).collect();
    put(test.database.writer(), written).await.expect("put");
    let reader = test.database.reader();
    let found = positions(reader, &[id]).await.expect("positions");
    let ids: Vec<ReviewId> = found[&id].iter().map(|position| ReviewId(position.id)).collect();
    let (rows, series) =
        (by_ids(reader, &ids).await.expect("reviews"), by_reviews(reader, &ids).await.expect("series"));
    assert_eq!((rows.len(), series.len()), (1_200, 1_200));
    for row in rows.values() {
        let series = unpack(reader, row, series.get(&row.id)).await.expect("a series");
        let week = (row.as_of.0 - day(AS_OF).0) / 7;
        assert_eq!(series.weeks[0].responses, u64::from(week.unsigned_abs()));
    }
}

async fn a_name_that_is_unknown_is_an_error_with_its_row_and_value(test: &TestDatabase) {
    let (id, row) = write(test).await;
    let reader = test.database.reader();
    for (column, known, unknown) in [
        ("verdict", "TOO_EARLY", "WORKED"),
        ("method", "DIFFERENCE_IN_DIFFERENCES", "GUESS"),
        ("expectation_outcome", "UNDETERMINED", "SURPASSED"),
        ("caveats", "[]", r#"[{"code": "BAD_OMEN", "message": ""}]"#),
    ] {
        change(test, &format!("UPDATE decision_review SET {column} = '{unknown}'")).await;
        let errors = [
            newest(reader, &[id]).await.map(drop),
            newest_until(reader, &[id], day("2024-08-01")).await.map(drop),
            by_ids(reader, &[row.id]).await.map(drop),
        ];
        for error in errors {
            let message = error.expect_err("an unknown name").to_string();
            let value = if column == "caveats" { "BAD_OMEN" } else { unknown };
            for part in ["decision \"d1\"", AS_OF, column, value] {
                assert!(message.contains(part), "{part}: {message}");
            }
        }
        if column == "verdict" {
            let error = newest_verdicts(reader).await.expect_err("an unknown name");
            assert!(matches!(error, StoreError::UnknownName { column: "verdict", .. }), "{error}");
        }
        change(test, &format!("UPDATE decision_review SET {column} = '{known}'")).await;
    }
    assert_eq!(newest_verdicts(reader).await.expect("verdicts"), [(id, row.id, Verdict::TooEarly)]);
}

async fn an_unknown_verdict_of_an_edition_is_an_error_with_its_row_and_value(test: &TestDatabase) {
    let (id, _) = write(test).await;
    let settle = async || {
        let transaction = test.database.begin_write().await.expect("a transaction");
        decision_standing::write_edition(&transaction, &[id], timestamp(NOW), timestamp(NOW)).await?;
        transaction.commit().await.map_err(StoreError::from)
    };
    settle().await.expect("settled");
    change(test, "UPDATE decision_standing SET verdict = 'WORKED'").await;
    let message = settle().await.expect_err("an unknown name").to_string();
    assert!(message.contains("decision \"d1\"") && message.contains("WORKED"), "{message}");
}

async fn reviews_are_read_without_their_series(test: &TestDatabase) {
    let (id, row) = write(test).await;
    change(test, "DROP TABLE review_series").await;
    let reader = test.database.reader();
    assert_eq!(newest(reader, &[id]).await.expect("reviews")[&id], row);
    assert_eq!(by_ids(reader, &[row.id]).await.expect("reviews")[&row.id], row);
}

async fn a_series_that_is_damaged_or_missing_is_an_error_that_names_its_review(test: &TestDatabase) {
    let (_, row) = write(test).await;
    let reader = test.database.reader();
    let mut series = by_reviews(reader, &[row.id]).await.expect("series").remove(&row.id).expect("a series");
    series.packed.pop();
    let error = unpack(reader, &row, Some(&series)).await.expect_err("a damaged series");
    assert!(matches!(&error, StoreError::DamagedSeries { as_of, .. } if *as_of == day(AS_OF)), "{error}");
    assert!(error.to_string().contains("decision \"d1\""), "{error}");
    let error = unpack(reader, &row, None).await.expect_err("a missing series");
    assert!(error.to_string().contains("decision \"d1\" as of 2024-07-08") && error.is_about_a_row(), "{error}");
}

on_both_databases!(
    a_review_comes_back_as_written,
    many_reviews_are_written_with_their_own_series,
    a_name_that_is_unknown_is_an_error_with_its_row_and_value,
    an_unknown_verdict_of_an_edition_is_an_error_with_its_row_and_value,
    reviews_are_read_without_their_series,
    a_series_that_is_damaged_or_missing_is_an_error_that_names_its_review,
);
