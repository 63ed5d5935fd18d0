//! The command line: one module per command, which parses, calls a job or the API, and prints the result.
//!
//! Standard output carries the result only; logs and progress bars go to standard error.

mod config;
mod context;
mod customer;
mod demo;
mod dimension;
mod doctor;
mod error;
mod hooks;
mod import;
mod import_history;
mod import_plan;
mod migrate;
mod output;
mod panic;
mod query;
mod recompute;
mod report;
mod schedule;
mod scoreboard;
mod serve;
mod token;
mod upkeep;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigSources, EffectiveConfig};
use context::CommonOptions;
use error::CommandError;

/// Which of our decisions actually moved our customers?
#[derive(Debug, Parser)]
#[command(name = "needle", version, about)]
struct CliArguments {
    #[command(flatten)]
    common: CommonOptions,
    #[command(subcommand)]
    command: CliCommand,
}

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Make a sample company in an SQLite file of its own, print its scoreboard, and serve it on loopback.
    Demo(demo::DemoCommand),
    /// Migrate the database and serve the API.
    Serve(serve::ServeCommand),
    /// Import a file of customers, responses, segments or decisions; list and undo imports.
    Import(import::ImportCommand),
    /// Recompute every score and review now, and publish them.
    Recompute(recompute::RecomputeCommand),
    /// Run one recompute for each Monday of a past period.
    Replay(recompute::ReplayCommand),
    /// Print the report: scores, what decisions did, and what is due.
    Report(report::ReportCommand),
    /// Print the schedule of `serve`: its jobs and their next times.
    Schedule(schedule::ScheduleCommand),
    /// List attributes, and decide which of them are sliceable.
    Dimension(dimension::DimensionCommand),
    /// Merge customers who are one person, and undo it.
    Customer(customer::CustomerCommand),
    /// List what survey tools sent that could not be read, and read it again.
    Hooks(hooks::HooksCommand),
    /// Execute GraphQL against the database without a server.
    Query(query::QueryCommand),
    /// Print the GraphQL schema.
    Schema,
    /// Make, list and revoke API tokens.
    Token(token::TokenCommand),
    /// Check the database: what is wrong with it, and what to do.
    Doctor(doctor::DoctorCommand),
    /// Apply, revert or list schema changes.
    Migrate(migrate::MigrateCommand),
    /// Print, check or show the configuration.
    Config(config::ConfigCommand),
}

impl CliArguments {
    /// The sources of the configuration: common options and the command's own flags.
    fn sources(&self) -> Result<ConfigSources, CommandError> {
        let of_command = match &self.command {
            CliCommand::Serve(serve) => serve.flags(),
            _ => Vec::new(),
        };
        self.common.sources(of_command)
    }
}

/// SIGXFSZ, on Linux and on macOS.
const FILE_SIZE_SIGNAL: i32 = 25;

/// Parses the command line, runs the command and turns its outcome into an exit status.
pub fn main() -> ExitCode {
    match start(CliArguments::parse()) {
        Ok(status) => status,
        Err(failure) => failure.report(),
    }
}

/// Reads the configuration before anything is opened, then runs the command.
fn start(arguments: CliArguments) -> Result<ExitCode, CommandError> {
    let sources = arguments.sources()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let CliCommand::Config(command) = arguments.command {
        return runtime.block_on(command.run(sources));
    }
    let effective = EffectiveConfig::load(&sources)?;
    context::warn(&effective);
    panic::log();
    let _entered = runtime.enter();
    // Whoever handles this signal gets an error from a write beyond the limit of a file's size, instead of being ended.
    drop(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(FILE_SIZE_SIGNAL))?);
    runtime.block_on(async {
        let ended = run(arguments.command, effective.config).await;
        context::close().await;
        ended
    })
}

async fn run(command: CliCommand, config: Config) -> Result<ExitCode, CommandError> {
    match command {
        CliCommand::Demo(command) => command.run(config).await,
        CliCommand::Serve(command) => command.run(config).await,
        CliCommand::Import(command) => command.run(config).await,
        CliCommand::Recompute(command) => command.run(config).await,
        CliCommand::Replay(command) => command.run(config).await,
        CliCommand::Report(command) => command.run(config).await,
        CliCommand::Schedule(command) => command.run(config).await,
        CliCommand::Dimension(command) => command.run(config).await,
        CliCommand::Customer(command) => command.run(config).await,
        CliCommand::Hooks(command) => command.run(config).await,
        CliCommand::Query(command) => command.run(config).await,
        CliCommand::Schema => output::line(crate::graphql::sdl().trim_end()),
        CliCommand::Token(command) => command.run(config).await,
        CliCommand::Doctor(command) => command.run(config).await,
        CliCommand::Migrate(command) => command.run(config).await,
        // Runs in `start`, before the configuration is loaded: it reports a wrong one itself.
        CliCommand::Config(_) => Ok(ExitCode::SUCCESS),
    }
}
