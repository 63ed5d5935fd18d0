//! A database that fails in the middle of a transaction: every later write that is acknowledged is stored.

use std::time::Duration;

use entity::store::response::{self, NewResponse};
use entity::store::{diagnosis, lease};
use entity::{Attributes, ConnectionTrait, Database};
use needle_tests::{TestDatabase, on_both_databases};
use sea_orm::{DbBackend, Statement, TryGetable};

use super::{insert, intern, new_response};

/// The number of statements in a transaction of these tests.
const STATEMENTS: usize = 5;

/// Makes the database refuse a row by its external id: on SQLite like a full disk, which rolls the whole transaction
/// back.
async fn refuse_row(database: &Database) {
    let statements = match database.backend() {
        DbBackend::Postgres => {
            "CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'no room'; END $$;
             CREATE TRIGGER refuse_row BEFORE INSERT ON response FOR EACH ROW
               WHEN (NEW.external_id = 'refused') EXECUTE FUNCTION refuse_row()"
        }
        _ => {
            "CREATE TRIGGER refuse_row BEFORE INSERT ON response WHEN NEW.external_id = 'refused'
             BEGIN SELECT RAISE(ROLLBACK, 'no room'); END"
        }
    };
    database.writer().execute_unprepared(statements).await.expect("a trigger");
}

async fn after_a_failure_at_any_statement_of_a_transaction_the_next_one_is_committed(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    refuse_row(&test.database).await;
    for failing in 0..STATEMENTS {
        let transaction = test.database.begin_write().await.expect("a transaction");
        for statement in 0..=failing {
            let id = if statement == failing { "refused".to_owned() } else { format!("lost-{failing}-{statement}") };
            let rows = [new_response(&id, profile, Some(9), "2024-07-01")];
            let written = response::insert(&transaction, "needle", &rows).await;
            assert_eq!(written.is_err(), statement == failing, "statement {statement} of {failing}: {written:?}");
        }
        // The caller ends the transaction, in one of two ways.
        if failing % 2 == 0 {
            drop(transaction);
        } else {
            let rolled_back = transaction.rollback().await;
            let fails = test.database.backend() == DbBackend::Sqlite;
            assert_eq!(rolled_back.is_err(), fails, "SQLite has rolled back automatically: {rolled_back:?}");
        }
        let transaction = test.database.begin_write().await.expect("the next transaction");
        let rows = [new_response(&format!("kept-{failing}"), profile, Some(9), "2024-07-01")];
        response::insert(&transaction, "needle", &rows).await.expect("inserted");
        transaction.commit().await.expect("committed");
        let total = response::total(test.connect().await.reader()).await.expect("a total");
        assert_eq!(total, failing as u64 + 1, "what others see after a failure at {failing}");
    }
}

async fn a_write_outside_a_transaction_is_stored_after_a_failure(test: &TestDatabase) {
    let profile = intern(&test.database, &Attributes::default()).await;
    refuse_row(&test.database).await;
    let transaction = test.database.begin_write().await.expect("a transaction");
    let rows = [new_response("refused", profile, Some(9), "2024-07-01")];
    response::insert(&transaction, "needle", &rows).await.expect_err("refused");
    drop(transaction);
    insert(&test.database, &[new_response("kept", profile, Some(9), "2024-07-01")]).await;
    let total = response::total(test.connect().await.reader()).await.expect("a total");
    assert_eq!(total, 1);
}

on_both_databases!(
    after_a_failure_at_any_statement_of_a_transaction_the_next_one_is_committed,
    a_write_outside_a_transaction_is_stored_after_a_failure,
);

/// A full disk, simulated on SQLite by a file that may not grow.
#[test]
fn a_write_is_stored_once_a_full_disk_has_room_again() {
    needle_tests::on_sqlite(async |test: &TestDatabase| {
        let profile = intern(&test.database, &Attributes::default()).await;
        let writer = test.database.writer();
        writer.execute_unprepared("PRAGMA max_page_count = 1").await.expect("a limit");
        let transaction = test.database.begin_write().await.expect("a transaction");
        let mut failed = None;
        for chunk in 0..100 {
            let row = |number: usize| new_response(&format!("lost-{chunk}-{number}"), profile, Some(9), "2024-07-01");
            let rows: Vec<_> = (0..100).map(row).collect();
            if let Err(error) = response::insert(&transaction, "needle", &rows).await {
                failed = Some(error);
                break;
            }
        }
        let failed = failed.expect("no room");
        assert!(failed.is_disk_full() && failed.to_string().contains("disk of the database is full"), "{failed}");
        drop(transaction);
        for number in 0..20 {
            writer.execute_unprepared("PRAGMA max_page_count = 1000000").await.expect("room again");
            let transaction = test.database.begin_write().await.expect("a transaction");
            let rows = [new_response(&format!("kept-{number}"), profile, Some(9), "2024-07-01")];
            response::insert(&transaction, "needle", &rows).await.expect("inserted");
            transaction.commit().await.expect("committed");
        }
        let total = response::total(test.connect().await.reader()).await.expect("a total");
        assert_eq!(total, 20);
    });
}

#[test]
fn writers_that_wait_for_a_suspended_one_block_no_reader() {
    needle_tests::on_postgres(async |test: &TestDatabase| {
        let holder = test.database.begin_write().await.expect("a transaction");
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let database = test.database.clone();
                tokio::spawn(async move { database.begin_write().await.map(drop) })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        // A suspended process would keep the lock for 20 s with each of its sessions that get it: those who wait behind
        // them give up after a minute.
        let queue = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(scalar::<i64>(test.database.reader(), queue).await, 2, "the holder and one that waits");
        for _ in 0..20 {
            let read = tokio::time::timeout(Duration::from_secs(5), response::total(test.database.reader())).await;
            assert_eq!(read.expect("in time").expect("a total"), 0);
        }
        let now = needle_tests::timestamp(super::NOW);
        let renewed = lease::renew(test.database.keeper(), "publish", 1, now);
        let renewed = tokio::time::timeout(Duration::from_secs(5), renewed).await.expect("in time");
        assert!(!renewed.expect("renewed or not"), "nobody holds this lease");
        holder.rollback().await.expect("rolled back");
        for writer in waiting {
            writer.await.expect("a task").expect("the lock");
        }
    });
}

#[test]
fn the_session_of_a_writer_suspended_inside_its_transaction_is_ended() {
    needle_tests::on_postgres(async |test: &TestDatabase| {
        let writing = test.database.begin_write().await.expect("a transaction");
        for (setting, expected) in [("idle_in_transaction_session_timeout", "20s"), ("lock_timeout", "1min")] {
            assert_eq!(scalar::<String>(&writing, &format!("SHOW {setting}")).await, expected, "{setting}");
        }
        writing.rollback().await.expect("rolled back");
        // The same with a shorter timeout: other writers get the lock, and the suspended writer has written nothing.
        let profile = intern(&test.database, &Attributes::default()).await;
        let stopped = test.database.begin_write().await.expect("a transaction");
        stopped.execute_unprepared("SET idle_in_transaction_session_timeout = 1000").await.expect("set");
        let rows = [new_response("lost", profile, Some(9), "2024-07-01")];
        response::insert(&stopped, "needle", &rows).await.expect("inserted");
        let idle = diagnosis::idle_writer_seconds(test.database.reader()).await.expect("read");
        assert!(idle.is_some_and(|seconds| (0.0..20.0).contains(&seconds)), "{idle:?}");
        insert_in_transaction(&test.database, &[new_response("kept", profile, Some(9), "2024-07-01")]).await;
        assert_eq!(diagnosis::idle_writer_seconds(test.database.reader()).await.expect("read"), None);
        stopped.commit().await.expect_err("the session is gone");
        assert_eq!(response::total(test.database.reader()).await.expect("a total"), 1);
    });
}

#[test]
fn a_snapshot_of_a_suspended_process_is_ended() {
    needle_tests::on_postgres(async |test: &TestDatabase| {
        let show = "SHOW idle_in_transaction_session_timeout";
        let inspector = Database::inspect(&test.url).await.expect("connected");
        for connection in [test.database.keeper(), inspector.reader()] {
            assert_eq!(scalar::<String>(connection, show).await, "1min");
        }
        let snapshot = test.database.begin_snapshot().await.expect("a snapshot");
        assert_eq!(scalar::<String>(&snapshot, show).await, "1min");
        assert_eq!(response::total(&snapshot).await.expect("a total"), 0);
        snapshot.execute_unprepared("SET idle_in_transaction_session_timeout = 200").await.expect("set");
        // What waits for its locks goes on.
        let change = test.database.writer().execute_unprepared("ALTER TABLE response ADD COLUMN later INT");
        tokio::time::timeout(Duration::from_secs(10), change).await.expect("in time").expect("changed");
        response::total(&snapshot).await.expect_err("the session is gone");
    });
}

async fn scalar<Value: TryGetable>(connection: &impl ConnectionTrait, statement: &str) -> Value {
    let statement = Statement::from_string(DbBackend::Postgres, statement);
    let row = connection.query_one_raw(statement).await.expect("a row").expect("one row");
    row.try_get_by_index(0).expect("a value")
}

async fn insert_in_transaction(database: &Database, rows: &[NewResponse]) {
    let transaction = database.begin_write().await.expect("a transaction");
    response::insert(&transaction, "needle", rows).await.expect("inserted");
    transaction.commit().await.expect("committed");
}
