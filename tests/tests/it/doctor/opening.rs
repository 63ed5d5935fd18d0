//! Databases that are empty, older, newer, damaged or unreachable: each is reported, and none is changed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use entity::Database;
use entity::store::full_read::{self, ReadExtent};
use jobs::doctor::{FindingLevel, examine, find_damage, is_healthy, unreachable};
use migration::Migrator;
use needle_tests::{ImportFixture, TestDatabase, on_both_databases};
use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::MigratorTrait;

use super::{END, doctor_context, examine_database, execute, find, healthy};

async fn an_empty_database_is_reported_and_stays_empty(test: &TestDatabase) {
    Migrator::down(test.database.writer(), None).await.expect("down");
    execute(test, "DROP TABLE seaql_migrations").await;
    let found = examine_database(test, false, END).await;
    assert_eq!(find(&found, "empty").level, FindingLevel::Problem);
    assert!(!is_healthy(&found));
    assert!(test.tables().await.is_empty(), "the doctor changes nothing");
}

async fn an_older_database_is_examined_as_far_as_its_schema_goes(test: &TestDatabase) {
    healthy(test).await;
    let newer = u32::try_from(Migrator::migrations().len() - 1).expect("few");
    Migrator::down(test.database.writer(), Some(newer)).await.expect("down");
    let found = examine_database(test, false, END).await;
    assert!(find(&found, "pending-migrations").message.contains("m0004_import_count"), "{found:#?}");
    assert!(found.iter().any(|finding| finding.area == "tally" && finding.level == FindingLevel::Ok), "{found:#?}");
    assert!(
        found.iter().all(|finding| finding.code != "not-checked" || finding.level == FindingLevel::Note),
        "{found:#?}"
    );
}

async fn a_newer_database_is_reported_and_still_examined(test: &TestDatabase) {
    healthy(test).await;
    execute(test, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)").await;
    let found = examine_database(test, false, END).await;
    let unknown = find(&found, "unknown-migrations");
    assert!(unknown.level == FindingLevel::Problem && unknown.message.contains("m9999_future"), "{found:#?}");
    assert!(found.iter().any(|finding| finding.area == "tokens" && finding.level == FindingLevel::Ok), "{found:#?}");
}

async fn a_newer_database_is_refused_at_once(test: &TestDatabase) {
    execute(test, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)").await;
    let begun = std::time::Instant::now();
    let writer = test.database.writer();
    for refused in [migration::up(writer).await, migration::down(writer).await] {
        let message = entity::StoreError::from(refused.expect_err("a newer database")).to_string();
        assert_eq!(message, "the database was made by a newer needle (m9999_future): upgrade needle");
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
}

async fn a_review_that_cannot_be_read_is_named(test: &TestDatabase) {
    healthy(test).await;
    crate::store::write_review(test).await;
    let found = examine_database(test, true, END).await;
    assert!(found.iter().all(|finding| finding.code != "damaged-review"), "{found:#?}");
    for (damage, repair) in [
        ("UPDATE decision_review SET interval_high = NULL", "UPDATE decision_review SET interval_high = interval_low"),
        (
            "UPDATE decision_review SET comparison_after_passives = NULL",
            "UPDATE decision_review SET comparison_after_passives = 1",
        ),
        ("DELETE FROM review_series", "UPDATE decision_review SET verdict = 'SIDEWAYS'"),
        ("UPDATE decision_review SET method = 'GUESS'", "UPDATE decision_review SET method = NULL"),
    ] {
        execute(test, damage).await;
        let found = examine_database(test, true, END).await;
        let damaged = find(&found, "damaged-review");
        assert_eq!((damaged.area, damaged.level), ("reviews", FindingLevel::Problem), "{damage}");
        execute(test, repair).await;
    }
}

/// Every table of a company with a bit of everything, with a value that cannot be read.
async fn rows_that_cannot_be_read_are_named_in_every_table(test: &TestDatabase) {
    healthy(test).await;
    crate::store::write_review(test).await;
    let importer = ImportFixture::of(test).at(END);
    importer.add_customers("customer_id,email,region\nc1,ada@example.com,EU\n").await;
    importer.add_responses("response_id,score,responded_at,customer_id,comment\nx1,9,2024-07-01,c1,fine\n").await;
    let broken_text = |table: &str, column: &str| match test.database.backend() {
        // No text of the table's own type is impossible on PostgreSQL.
        DbBackend::Postgres => None,
        _ => Some(format!("UPDATE {table} SET {column} = CAST(x'ff6162fe' AS TEXT)")),
    };
    let damages = [
        ("decision", broken_text("decision", "title")),
        ("decision_review", Some("UPDATE decision_review SET verdict = 'SIDEWAYS'".to_owned())),
        ("segment_definition", Some("UPDATE segment_definition SET filter = '{\"maybe\": 1}'".to_owned())),
        ("profile", Some("UPDATE profile SET attributes = '{\"region\": \"Atlantis\"}'".to_owned())),
        ("customer", broken_text("customer", "name")),
        ("comment", broken_text("comment", "text")),
        ("run", Some("UPDATE run SET state = 'LOST'".to_owned())),
    ];
    for (table, damage) in damages {
        let Some(damage) = damage else { continue };
        assert!(damaged_tables(test).await.iter().all(|found| !found.contains(&format!("table {table} "))), "{table}");
        execute(test, &damage).await;
        let found = damaged_tables(test).await;
        assert!(found.iter().any(|found| found.contains(&format!("table {table} "))), "{table}: {found:?}");
    }
}

/// The sources of the full read name each table of the schema, so that none that is added later is left out.
async fn every_table_is_read(test: &TestDatabase) {
    // Values of attributes and the revision have no entity; the migrations are compared by name.
    let without_entity = ["dimension_value", "revision", "seaql_migrations"];
    let statements = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&statements);
    let observed = test.connect().await.with_statement_observer(move |sql| seen.lock().expect("a lock").push_str(sql));
    full_read::unreadable(observed.reader(), ReadExtent::Everything).await.expect("read");
    let statements = statements.lock().expect("a lock").clone();
    for table in test.tables().await.iter().filter(|table| !without_entity.contains(&table.as_str())) {
        assert!(statements.contains(&format!("FROM \"{table}\"")), "{table} is not read");
    }
}

async fn damaged_tables(test: &TestDatabase) -> Vec<String> {
    let context = doctor_context(Database::inspect(&test.url).await.expect("a connection"), false, END).await;
    let found = find_damage(&context).await;
    assert!(found.iter().all(|finding| !finding.message.contains("ada@example.com")), "{found:?}");
    found.into_iter().map(|finding| finding.message).collect()
}

async fn a_lost_table_is_a_problem_of_its_area_alone(test: &TestDatabase) {
    healthy(test).await;
    // Not dropped: sessions have a foreign key to it.
    execute(test, "ALTER TABLE api_token RENAME TO api_token_renamed").await;
    let found = examine_database(test, true, END).await;
    let lost = find(&found, "not-checked");
    assert_eq!((lost.area, lost.level), ("tokens", FindingLevel::Problem));
    assert!(found.iter().any(|finding| finding.area == "upkeep"), "{found:#?}");
}

async fn an_inspecting_connection_cannot_write(test: &TestDatabase) {
    let database = Database::inspect(&test.url).await.expect("a connection");
    let refused = database.writer().execute_unprepared("DELETE FROM setting").await;
    let message = refused.expect_err("a connection that only reads").to_string();
    assert!(message.contains("read-only") || message.contains("readonly"), "{message}");
}

async fn a_database_out_of_reach_is_a_finding_without_the_password(test: &TestDatabase) {
    let url = match test.database.backend() {
        DbBackend::Postgres => "postgres://needle:geheim@localhost:1/nowhere?password=geheim".to_owned(),
        _ => test.url.replace("needle.db", "nowhere.db"),
    };
    let error = Database::inspect(&url).await.expect_err("nothing is there");
    let found = unreachable(&error);
    assert!(!is_healthy(&found) && !found[0].message.contains("geheim"), "{found:#?}");
    if test.database.backend() == DbBackend::Sqlite {
        let path = url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
        assert!(!PathBuf::from(path).exists(), "looking makes no file");
    }
}

async fn a_damaged_file_and_a_file_of_another_kind_are_reported(test: &TestDatabase) {
    healthy(test).await;
    test.database.cut_log().await.expect("one file");
    let path = test.url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
    let whole = std::fs::read(path).expect("the file");
    let copy = format!("{path}.copy");
    let url = format!("sqlite://{copy}");
    // A damaged first page prevents the file from being opened; damage further back is found by the check of the
    // structure.
    for (start, is_opened) in [(40 * 4_096, false), (whole.len() / 4_096 * 3 / 4 * 4_096, true)] {
        let mut damaged = whole.clone();
        damaged.iter_mut().skip(start).take(20 * 4_096).for_each(|byte| *byte = 0xff);
        std::fs::write(&copy, damaged).expect("written");
        let found = match Database::inspect(&url).await {
            Ok(database) => examine(&doctor_context(database, false, END).await).await,
            Err(error) => unreachable(&error),
        };
        assert!(!is_healthy(&found), "{found:#?}");
        assert!(!is_opened || found.len() > 1, "{found:#?}");
        assert_eq!(find(&found, "damaged-file").level, FindingLevel::Problem);
    }
    std::fs::write(&copy, "no database at all, only words".repeat(1_000)).expect("written");
    let found = unreachable(&Database::inspect(&url).await.expect_err("no database"));
    assert_eq!(find(&found, "damaged-file").level, FindingLevel::Problem);
}

async fn a_read_only_file_is_a_problem(test: &TestDatabase) {
    let path = test.url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
    let mut permissions = std::fs::metadata(path).expect("the file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(path, permissions).expect("changed");
    assert_eq!(find(&examine_database(test, true, END).await, "read-only-file").level, FindingLevel::Problem);
}

on_both_databases!(
    an_empty_database_is_reported_and_stays_empty,
    an_older_database_is_examined_as_far_as_its_schema_goes,
    a_newer_database_is_reported_and_still_examined,
    a_newer_database_is_refused_at_once,
    a_review_that_cannot_be_read_is_named,
    rows_that_cannot_be_read_are_named_in_every_table,
    every_table_is_read,
    a_lost_table_is_a_problem_of_its_area_alone,
    an_inspecting_connection_cannot_write,
    a_database_out_of_reach_is_a_finding_without_the_password,
);

/// Cases that only a database in a file can have.
mod of_files {
    use needle_tests::on_sqlite;

    #[test]
    fn a_damaged_file_and_a_file_of_another_kind_are_reported() {
        on_sqlite(super::a_damaged_file_and_a_file_of_another_kind_are_reported);
    }

    #[test]
    fn a_read_only_file_is_a_problem() {
        on_sqlite(super::a_read_only_file_is_a_problem);
    }
}
