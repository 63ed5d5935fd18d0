//! Transactions: a snapshot does not change, a write is all or nothing, and errors contain no secrets.

use entity::store::{response, tally};
use entity::{Attributes, Database, StoreError};
use needle_tests::{TestDatabase, day, on_both_databases};

use super::{insert, intern, new_response};

async fn a_snapshot_does_not_see_what_is_written_after_it_began(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    insert(&test.database, &[new_response("r1", profile, Some(9), "2024-07-01")]).await;
    let snapshot = test.database.begin_snapshot().await.expect("a snapshot");
    let total = async || {
        let mut total = 0;
        let (from, until) = (day("2024-01-01"), day("2025-01-01"));
        tally::count(&snapshot, from, until, |count| total += count.count).await.expect("counted");
        total
    };
    assert_eq!(total().await, 1);
    insert(&test.database, &[new_response("r2", profile, Some(9), "2024-07-01")]).await;
    assert_eq!(total().await, 1);
    assert_eq!(response::total(&snapshot).await.expect("a total"), 1);
    assert_eq!(response::total(test.database.reader()).await.expect("a total"), 2);
}

async fn a_transaction_that_is_dropped_writes_nothing(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    let transaction = test.database.begin_write().await.expect("a transaction");
    let rows = [new_response("r1", profile, Some(9), "2024-07-01")];
    response::insert(&transaction, "needle", &rows).await.expect("inserted");
    drop(transaction);
    // The next writer waits until the dropped transaction has ended.
    insert(&test.database, &[new_response("r2", profile, Some(9), "2024-07-01")]).await;
    assert_eq!(response::total(test.database.reader()).await.expect("a total"), 1);
}

async fn many_writers_that_read_before_they_write_all_succeed(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    let mut tasks = Vec::new();
    for writer in 0..8 {
        let database = test.connect().await;
        tasks.push(tokio::spawn(async move {
            for round in 0..5 {
                let transaction = database.begin_write().await.expect("a transaction");
                response::total(&transaction).await.expect("a total");
                let rows = [new_response(&format!("{writer}-{round}"), profile, Some(9), "2024-07-01")];
                response::insert(&transaction, "needle", &rows).await.expect("inserted");
                transaction.commit().await.expect("committed");
            }
        }));
    }
    for task in tasks {
        task.await.expect("a task");
    }
    assert_eq!(response::total(test.database.reader()).await.expect("a total"), 40);
}

on_both_databases!(
    a_snapshot_does_not_see_what_is_written_after_it_began,
    a_transaction_that_is_dropped_writes_nothing,
    many_writers_that_read_before_they_write_all_succeed,
);

#[tokio::test]
async fn an_address_that_cannot_be_opened_is_reported_without_its_password() {
    for url in ["postgres://ada:hunter2@localhost/needle?host=/nowhere", "mysql://ada:hunter2@localhost/needle"] {
        let error = Database::connect(url).await.expect_err("no such database").to_string();
        assert!(error.contains("localhost") && !error.contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_database_in_memory_is_refused() {
    for url in ["sqlite::memory:", "sqlite://needle?mode=memory"] {
        assert!(matches!(Database::connect(url).await, Err(StoreError::InMemory)), "{url}");
    }
}
