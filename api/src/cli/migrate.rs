//! `needle migrate`: schema changes by hand.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use entity::{Database, StoreError};

use super::failure::Failure;
use super::output;
use crate::config::Config;

/// Applies, takes back or lists schema changes.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Direction {
    /// Apply what is pending.
    Up,
    /// Take the newest change back, with whatever its tables hold.
    Down,
    /// List all changes.
    Status,
}

impl Migrate {
    pub async fn run(self, config: Config) -> Result<ExitCode, Failure> {
        let database = Database::connect(config.database.url.reveal()).await?;
        let connection = database.writer();
        match self.direction {
            Direction::Up => migration::up(connection).await.map_err(StoreError::from)?,
            Direction::Down => migration::down(connection).await.map_err(StoreError::from)?,
            Direction::Status => {}
        }
        for step in migration::status(connection).await.map_err(StoreError::from)? {
            output::line(format!("{} {}", step.name, if step.applied { "applied" } else { "pending" }))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
