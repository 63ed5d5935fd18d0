//! Migrations go up, down and up again.

use ::migration::Migrator;
use needle_tests::{TestDatabase, on_both_databases};
use sea_orm::DbBackend;
use sea_orm_migration::MigratorTrait;

/// Where the migrations note themselves; it stays when they go down.
const LEDGER: &str = "seaql_migrations";

/// Every column and index, in words.
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
    assert_eq!(test.tables().await, [LEDGER]);
    Migrator::up(test.database.writer(), None).await.expect("up again");
    assert_eq!(test.tables().await, tables);
    assert_eq!(schema(test).await, first);
}

async fn migrating_a_current_database_changes_nothing(test: &TestDatabase) {
    let before = (schema(test).await, test.row_counts().await);
    Migrator::up(test.database.writer(), None).await.expect("up");
    assert_eq!((schema(test).await, test.row_counts().await), before);
}

on_both_databases!(migrations_go_up_and_down_and_up_again, migrating_a_current_database_changes_nothing);
