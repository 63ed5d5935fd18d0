//! Erasing: what stays in the files of the database for a while, and when it goes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use entity::{Timestamp, store};
use needle_rules::erase::{Erasure, erase_customer};
use needle_rules::removal::remove_due;
use needle_tests::{ImportFixture, TestDatabase, timestamp};
use sea_orm::ConnectionTrait as _;

use super::erase::imported;

const PERSON: [&str; 3] = ["ada@example.com", "my name is Ada", "Ockham"];

async fn erased(importer: &ImportFixture) -> Erasure {
    erase_customer(&importer.context, "c1", "a secret of this test").await.expect("erased")
}

fn holds_person(files: &[PathBuf]) -> Vec<&'static str> {
    let contents: Vec<Vec<u8>> = files.iter().filter_map(|file| std::fs::read(file).ok()).collect();
    let holds =
        |text: &str| contents.iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()));
    PERSON.into_iter().filter(|text| holds(text)).collect()
}

#[test]
fn a_reader_delays_the_removal_from_the_log_of_sqlite_and_no_writer() {
    needle_tests::on_sqlite(async |test: &TestDatabase| {
        let importer = imported(test).await;
        let path = test.url.trim_start_matches("sqlite://").split('?').next().expect("a path").to_owned();
        let files = [PathBuf::from(&path), PathBuf::from(format!("{path}-wal"))];
        let reader = test.connect().await;
        let reading = reader.begin_snapshot().await.expect("a snapshot");
        store::revision::current(&reading).await.expect("a read that begins the snapshot");
        let started = Instant::now();
        let erasure = erased(&importer).await;
        assert_eq!(erasure.removed_from_files_after, Some(importer.context.now));
        assert!(!remove_due(&test.database, importer.context.now).await.expect("tried again"));
        importer.add_customers("customer_id\nc9\n").await;
        assert!(started.elapsed() < Duration::from_secs(10), "nobody waits for the reader: {:?}", started.elapsed());
        assert_eq!(holds_person(&files), PERSON, "as long as somebody reads");
        reading.rollback().await.expect("ended");
        assert!(remove_due(&test.connect().await, importer.context.now).await.expect("removed by another process"));
        assert!(holds_person(&files).is_empty(), "{:?}", holds_person(&files));
        assert!(store::pending_removal::all(test.database.reader()).await.expect("rows").is_empty());
        reader.close().await.expect("closed");
    });
}

/// The files of all tables, after what is in memory was written to them.
async fn table_files(test: &TestDatabase) -> Vec<PathBuf> {
    test.database.writer().execute_unprepared("CHECKPOINT").await.expect("a checkpoint");
    let rows = test
        .query(
            "SELECT current_setting('data_directory') || '/' || pg_relation_filepath(oid) FROM pg_class \
             WHERE relkind IN ('r', 't', 'i') AND relnamespace = 'public'::regnamespace \
             OR relname LIKE 'pg_toast%' AND pg_relation_filepath(oid) IS NOT NULL",
        )
        .await;
    rows.iter().map(|row| Path::new(&row.try_get_by_index::<String>(0).expect("a path")).to_owned()).collect()
}

#[test]
fn tables_of_postgres_are_written_anew_in_the_next_night_on_postgres() {
    needle_tests::on_postgres(async |test: &TestDatabase| {
        let importer = imported(test).await;
        let erasure = erased(&importer).await;
        assert_eq!(erasure.removed_from_files_after, Some(timestamp("2024-07-16T03:00:00Z")));
        let evening: Timestamp = timestamp("2024-07-15T20:00:00Z");
        assert!(!remove_due(&test.database, evening).await.expect("not yet"));
        assert_eq!(holds_person(&table_files(test).await), PERSON);
        // Somebody else uses a table: nobody waits for long, and nothing is lost.
        let other = test.connect().await;
        let reading = other.begin_snapshot().await.expect("a snapshot");
        reading.execute_unprepared("SELECT 1 FROM comment").await.expect("read");
        let night = timestamp("2024-07-16T03:00:00Z");
        assert!(!remove_due(&test.database, night).await.expect("in use"));
        reading.rollback().await.expect("ended");
        assert!(remove_due(&test.database, night).await.expect("removed"));
        let files = table_files(test).await;
        assert!(holds_person(&files).is_empty(), "{:?}", holds_person(&files));
        assert!(store::pending_removal::all(test.database.reader()).await.expect("rows").is_empty());
        other.close().await.expect("closed");
    });
}
