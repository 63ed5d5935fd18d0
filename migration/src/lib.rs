//! Schema changes, in order, each frozen once released. They never import today's entities.
//!
//! One text serves both databases; the few types that differ between them are placeholders in braces.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use sea_orm_migration::seaql_migrations;
pub use sea_orm_migration::{MigratorTrait, sea_orm::DatabaseConnection};

mod audit;
mod base;
mod compared_days;
mod customer_address;
mod customer_merge;
mod delivery;
mod dimension;
mod hook;
mod import;
mod import_change;
mod keyed_id;
mod live;
mod outcome;
mod own_attributes;
mod removal;
mod respondent;
mod reversal;
mod review;
mod revision;
mod run_lease;
mod schedule;
mod session;
mod standing;

/// How often a migration is attempted while another process is migrating the same database.
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
            Box::new(reversal::MIGRATION),
            Box::new(run_lease::MIGRATION),
            Box::new(removal::MIGRATION),
            Box::new(keyed_id::Migration),
            Box::new(own_attributes::MIGRATION),
            Box::new(customer_address::MIGRATION),
            Box::new(customer_merge::MIGRATION),
            Box::new(outcome::MIGRATION),
            Box::new(compared_days::MIGRATION),
            Box::new(hook::MIGRATION),
            Box::new(import_change::MIGRATION),
        ]
    }
}

/// One migration of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its name, like `m0001_base`.
    pub name: String,
    /// True when it has been applied to the database.
    pub applied: bool,
}

/// All migrations, oldest first, each with whether it has been applied. Only reads. A database that a newer version has
/// migrated is refused.
pub async fn status(connection: &DatabaseConnection) -> Result<Vec<MigrationStatus>, DbErr> {
    let comparison = compare(connection).await?;
    if !comparison.unknown.is_empty() {
        let names = comparison.unknown.join(", ");
        return Err(DbErr::Migration(format!("the database was made by a newer needle ({names}): upgrade needle")));
    }
    let steps = Migrator::migrations().into_iter().map(|migration| MigrationStatus {
        applied: comparison.applied.iter().any(|name| name == migration.name()),
        name: migration.name().to_owned(),
    });
    Ok(steps.collect())
}

/// How the migrations of a database compare with those of this program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaComparison {
    /// Migrations that have been applied, oldest first.
    pub applied: Vec<String>,
    /// Migrations that have not been applied, oldest first.
    pub pending: Vec<String>,
    /// Migrations of the database that this program does not have: a newer version has migrated it.
    pub unknown: Vec<String>,
}

/// Compares the database with this program. Only reads.
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

/// True once a migration was recorded.
async fn has_history_table(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    let backend = connection.get_database_backend();
    let found = match backend {
        DbBackend::Postgres => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
        _ => "SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations'",
    };
    Ok(connection.query_one_raw(Statement::from_string(backend, found)).await?.is_some())
}

/// Applies the pending migrations; without any it writes nothing, so that it succeeds on a full disk. If another process
/// is migrating the database at the same time, waits for it.
pub async fn up(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let mut attempt = 1;
    loop {
        match up_once(connection).await {
            // Data that cannot be converted stays so: only errors that another process may have caused are worth
            // another attempt.
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

/// Reverts the newest migration, and deletes the data of its tables. A database that a newer version has migrated is
/// refused, as this one cannot revert what it does not know.
pub async fn down(connection: &DatabaseConnection) -> Result<(), DbErr> {
    status(connection).await?;
    Migrator::down(connection, Some(1)).await
}

/// A migration that consists of statements only.
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
    /// All of it or nothing, on SQLite too: the process may be killed at any time.
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

/// Executes statements, after replacing the placeholders in braces by the types of the database.
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
