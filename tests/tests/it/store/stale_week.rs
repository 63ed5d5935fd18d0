//! Marks of weeks: every write adds its own, and a run deletes only those in its snapshot.

use entity::store::stale_week;
use needle_tests::{TestDatabase, day, on_both_databases, stale_weeks};

async fn days_are_marked_by_their_week_and_once_per_write(test: &TestDatabase) {
    let days = ["2024-07-01", "2024-07-07", "2024-07-08"].map(day);
    stale_week::mark(test.database.writer(), days).await.expect("marked");
    let marks = stale_week::all(test.database.reader()).await.expect("marks");
    assert_eq!(marks.len(), 2);
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned(), "2024-07-08".to_owned()].into());
    stale_week::mark(test.database.writer(), []).await.expect("nothing to mark");
    assert_eq!(stale_week::all(test.database.reader()).await.expect("marks"), marks);
}

async fn a_mark_of_a_later_write_survives_the_run_before_it(test: &TestDatabase) {
    let writer = test.database.writer();
    stale_week::mark(writer, ["2024-07-01", "2024-07-08"].map(day)).await.expect("marked");
    let marks = stale_week::all(test.database.reader()).await.expect("marks");
    stale_week::mark(writer, [day("2024-07-03")]).await.expect("a later write");
    stale_week::delete(writer, &marks).await.expect("deleted");
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned()].into());
    stale_week::delete(writer, &marks).await.expect("deleted again");
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned()].into());
}

async fn a_mark_added_while_a_run_counts_is_not_deleted_by_it(test: &TestDatabase) {
    let snapshot = test.database.begin_snapshot().await.expect("a snapshot");
    let marks = stale_week::all(&snapshot).await.expect("marks");
    stale_week::mark(test.database.writer(), [day("2024-07-03")]).await.expect("a later write");
    assert_eq!(stale_week::all(&snapshot).await.expect("marks"), marks);
    snapshot.commit().await.expect("the end of the snapshot");
    stale_week::delete(test.database.writer(), &marks).await.expect("deleted");
    assert_eq!(stale_weeks(&test.database).await, ["2024-07-01".to_owned()].into());
}

async fn a_write_that_is_rolled_back_leaves_no_mark(test: &TestDatabase) {
    let transaction = test.database.begin_write().await.expect("a transaction");
    stale_week::mark(&transaction, [day("2024-07-03")]).await.expect("marked");
    transaction.rollback().await.expect("rolled back");
    assert!(stale_weeks(&test.database).await.is_empty());
}

on_both_databases!(
    days_are_marked_by_their_week_and_once_per_write,
    a_mark_of_a_later_write_survives_the_run_before_it,
    a_mark_added_while_a_run_counts_is_not_deleted_by_it,
    a_write_that_is_rolled_back_leaves_no_mark,
);
