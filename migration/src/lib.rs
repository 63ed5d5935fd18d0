//! Schema changes, in order, each frozen once released. They never import today's entities.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, sea_orm::DatabaseConnection};

mod base;

/// How often a process tries again when another one is migrating the same database.
const ATTEMPTS: u32 = 20;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(base::Migration)]
    }
}

/// One migration of this binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// True once the database has it.
    pub applied: bool,
}

/// All migrations, oldest first, and which of them the database has.
pub async fn status(connection: &DatabaseConnection) -> Result<Vec<Step>, DbErr> {
    let pending = Migrator::get_pending_migrations(connection).await?;
    let pending: Vec<&str> = pending.iter().map(sea_orm_migration::Migration::name).collect();
    let steps = Migrator::migrations()
        .into_iter()
        .map(|migration| Step { applied: !pending.contains(&migration.name()), name: migration.name().to_owned() });
    Ok(steps.collect())
}

/// Applies what is pending. Where another process migrates at the same moment, waits for it.
pub async fn up(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let mut attempt = 1;
    loop {
        match up_once(connection).await {
            Err(_) if attempt < ATTEMPTS => attempt += 1,
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
