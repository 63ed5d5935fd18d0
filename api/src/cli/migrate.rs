//! `needle migrate`: applies and reverts migrations of the schema by hand.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use entity::{StoreError, store};

use super::context::open;
use super::error::CommandError;
use super::output;
use crate::config::Config;

/// Applies, reverts or lists schema changes.
#[derive(Debug, Args)]
pub struct MigrateCommand {
    #[command(subcommand)]
    action: MigrateAction,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum MigrateAction {
    /// Apply all pending changes.
    Up,
    /// Revert the newest change; the data of its tables is lost.
    Down,
    /// List all changes, applied and pending.
    Status,
}

impl MigrateCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let database = open(config.database.url.reveal()).await?;
        let connection = database.writer();
        match self.action {
            MigrateAction::Up => {
                migration::up(connection).await.map_err(StoreError::from)?;
                // A new database takes the zone of the settings; one that has another refuses it, as everywhere.
                store::setting::calendar(connection, config.reporting.time_zone).await?;
            }
            MigrateAction::Down => migration::down(connection).await.map_err(StoreError::from)?,
            MigrateAction::Status => {}
        }
        for step in migration::status(connection).await.map_err(StoreError::from)? {
            output::line(format!("{} {}", step.name, if step.applied { "applied" } else { "pending" }))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
