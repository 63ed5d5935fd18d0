//! The counts of imported rows: the sums of the reports, and nothing for a dry run.

use std::collections::BTreeMap;

use entity::import_count::{ImportKind, ImportOutcome};
use entity::store;
use needle_tests::{ImportFixture, TestDatabase, on_both_databases};
use serde_json::json;

async fn counts(test: &TestDatabase) -> BTreeMap<String, i64> {
    let rows = store::import_count::all(test.database.reader()).await.expect("counts");
    rows.into_iter().map(|row| (format!("{:?} {:?}", row.kind, row.outcome), row.rows)).collect()
}

fn of<const N: usize>(pairs: [(&str, i64); N]) -> BTreeMap<String, i64> {
    pairs.into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect()
}

async fn every_row_is_counted_by_its_outcome(test: &TestDatabase) {
    let importer = ImportFixture::of(test);
    let file = "response_id,score,responded_at\nr1,9,2024-07-01\nr2,3,2024-07-02\nr3,12,2024-07-02\nr1,9,2024-07-01\n";
    ImportFixture::of(test).dry().responses(file).await;
    assert_eq!(counts(test).await, of([]), "a dry run does nothing");
    importer.responses(file).await;
    assert_eq!(counts(test).await, of([("Responses Accepted", 2), ("Responses Rejected", 2)]));
    importer.responses(file.replace("r2,3", "r2,4")).await;
    importer.customers("customer_id,email\nc1,a@example.org\n,x\n").await;
    importer.segments(json!([{"key": "all", "name": "All", "filter": {"all": []}}, {"key": "x"}])).await;
    importer.decisions(json!([{"externalId": "d2"}])).await;
    let expected = of([
        ("Customers Accepted", 1),
        ("Customers Rejected", 1),
        ("Decisions Rejected", 1),
        ("Responses Accepted", 2),
        ("Responses Rejected", 4),
        ("Responses Unchanged", 1),
        ("Responses Updated", 1),
        ("Segments Accepted", 1),
        ("Segments Rejected", 1),
    ]);
    assert_eq!(counts(test).await, expected);
}

async fn a_chunk_that_is_rolled_back_counts_nothing(test: &TestDatabase) {
    let transaction = test.database.begin_write().await.expect("a transaction");
    let rows = [(ImportOutcome::Accepted, 7), (ImportOutcome::Rejected, 0)];
    store::import_count::add(&transaction, ImportKind::Customers, rows).await.expect("added");
    transaction.rollback().await.expect("rolled back");
    assert_eq!(counts(test).await, of([]));
}

on_both_databases!(every_row_is_counted_by_its_outcome, a_chunk_that_is_rolled_back_counts_nothing);
