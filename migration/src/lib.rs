//! Schema changes, in order, each frozen once released. They never import today's entities.
//!
//! One text serves both databases; the few types they spell differently stand in braces.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use sea_orm_migration::seaql_migrations;
pub use sea_orm_migration::{MigratorTrait, sea_orm::DatabaseConnection};

mod audit;
mod base;
mod delivery;
mod dimension;
mod import;
mod live;
mod respondent;
mod review;
mod revision;
mod schedule;
mod session;
mod standing;

/// How often a process tries again when another one is migrating the same database.
const ATTEMPTS: u32 = 20;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(base::MIGRATION),
            Box::new(schedule::MIGRATION),
            Box::new(dimension::MIGRATION),
            Box::new(import::MIGRATION),
            Box::new(respondent::MIGRATION),
            Box::new(audit::MIGRATION),
            Box::new(session::MIGRATION),
            Box::new(revision::MIGRATION),
            Box::new(live::RunNotificationMigration),
            Box::new(standing::MIGRATION),
            Box::new(delivery::MIGRATION),
            Box::new(review::Migration),
        ]
    }
}

/// One migration of this binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its name.
    pub name: String,
    /// True once the database has it.
    pub applied: bool,
}

/// All migrations, oldest first, and which of them the database has.
pub async fn status(connection: &DatabaseConnection) -> Result<Vec<MigrationStatus>, DbErr> {
    let pending = Migrator::get_pending_migrations(connection).await?;
    let pending: Vec<&str> = pending.iter().map(sea_orm_migration::Migration::name).collect();
    let steps = Migrator::migrations().into_iter().map(|migration| MigrationStatus {
        applied: !pending.contains(&migration.name()),
        name: migration.name().to_owned(),
    });
    Ok(steps.collect())
}

/// What a database has of this binary's migrations, told without touching it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaComparison {
    /// Migrations that both know, oldest first.
    pub applied: Vec<String>,
    /// Migrations that the database lacks, oldest first.
    pub pending: Vec<String>,
    /// Migrations of the database that this binary does not know: a newer one has been here.
    pub unknown: Vec<String>,
}

/// Compares the database with this binary. Only reads, where [`status`] makes the ledger first.
pub async fn compare(connection: &DatabaseConnection) -> Result<SchemaComparison, DbErr> {
    let found = if has_history_table(connection).await? {
        seaql_migrations::Entity::find().all(connection).await?
    } else {
        Vec::new()
    };
    let mut unknown: Vec<String> = found.into_iter().map(|row| row.version).collect();
    let mut comparison = SchemaComparison::default();
    for migration in Migrator::migrations() {
        let name = migration.name().to_owned();
        match unknown.iter().position(|found| *found == name) {
            Some(at) => comparison.applied.push(unknown.swap_remove(at)),
            None => comparison.pending.push(name),
        }
    }
    unknown.sort();
    Ok(SchemaComparison { unknown, ..comparison })
}

/// True once a migration was noted.
async fn has_history_table(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    let backend = connection.get_database_backend();
    let found = match backend {
        DbBackend::Postgres => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
        _ => "SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations'",
    };
    Ok(connection.query_one_raw(Statement::from_string(backend, found)).await?.is_some())
}

/// Applies what is pending. Where another process migrates at the same moment, waits for it.
pub async fn up(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let mut attempt = 1;
    loop {
        match up_once(connection).await {
            // Data that cannot be converted stay so: only what another process may have caused is tried again.
            Err(error) if attempt < ATTEMPTS && !matches!(error, DbErr::Migration(_)) => attempt += 1,
            outcome => return outcome,
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

async fn up_once(connection: &DatabaseConnection) -> Result<(), DbErr> {
    if status(connection).await?.iter().any(|step| !step.applied) {
        Migrator::up(connection, None).await?;
    }
    Ok(())
}

/// Takes the newest migration back, and with it whatever its tables hold.
pub async fn down(connection: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::down(connection, Some(1)).await
}

/// A migration that is all statements.
#[derive(Clone, Copy, Debug)]
struct SqlMigration {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

impl MigrationName for SqlMigration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SqlMigration {
    /// All of it or nothing, on SQLite too: a process may be killed at any moment.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, self.up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, self.down).await
    }
}

/// Executes statements, with the types in braces spelt as the database spells them.
async fn execute(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let (id, json, bytes) = match connection.get_database_backend() {
        DbBackend::Postgres => ("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "JSONB", "BYTEA"),
        _ => ("INTEGER PRIMARY KEY AUTOINCREMENT", "JSON_TEXT", "BLOB"),
    };
    let statements = statements.replace("{id}", id).replace("{json}", json).replace("{bytes}", bytes);
    connection.execute_unprepared(&statements).await?;
    Ok(())
}
