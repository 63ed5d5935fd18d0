//! A notification (NOTIFY) for every change of a run, in the transaction that makes it. On PostgreSQL only: SQLite has
//! no notifications.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(Clone, Copy, Debug)]
pub struct RunNotificationMigration;

/// One notification per statement; PostgreSQL merges equal ones of one transaction.
const UP: &str = "
CREATE FUNCTION run_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('needle_run', ''); RETURN NULL; END $$;
CREATE TRIGGER run_changed AFTER INSERT OR UPDATE ON run FOR EACH STATEMENT EXECUTE FUNCTION run_changed();
";

const DOWN: &str = "
DROP TRIGGER run_changed ON run;
DROP FUNCTION run_changed();
";

impl MigrationName for RunNotificationMigration {
    fn name(&self) -> &'static str {
        "m0009_live"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RunNotificationMigration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, DOWN).await
    }
}

async fn on_postgres(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared(statements).await?;
    }
    Ok(())
}
