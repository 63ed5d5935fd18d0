//! The command line: one module per command, which parses, calls a job or the API, and prints the answer.
//!
//! Standard output carries the answer only; logs and bars go to standard error.

mod config;
mod demo;
mod dimension;
mod doctor;
mod failure;
mod import;
mod migrate;
mod output;
mod panic;
mod plan;
mod query;
mod recompute;
mod report;
mod schedule;
mod scoreboard;
mod serve;
mod session;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Effective, Sources};
use failure::Failure;
use session::Common;

/// Which of our decisions actually moved our customers?
#[derive(Debug, Parser)]
#[command(name = "needle", version, about)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a sample company in an SQLite file of its own, print its scoreboard, and serve it on loopback.
    Demo(demo::Demo),
    /// Migrate the database and serve the API.
    Serve(serve::Serve),
    /// Stream a file of customers, responses, segments or decisions in.
    Import(import::Import),
    /// Recompute every score and review now, and publish them.
    Recompute(recompute::Recompute),
    /// Run one recompute per week of a period of the past, Monday by Monday.
    Replay(recompute::Replay),
    /// Print the report: where customers stand, what decisions did, and what is to come.
    Report(report::Report),
    /// Print what runs by itself under `serve`, and when next.
    Schedule(schedule::Schedule),
    /// List attributes, and decide which ones can be sliced by.
    Dimension(dimension::Dimension),
    /// Execute GraphQL against the database without a server.
    Query(query::Query),
    /// Print the GraphQL schema.
    Schema,
    /// Make, list and revoke API tokens.
    Token(token::Token),
    /// Look the database over: what is wrong with it, and what to do.
    Doctor(doctor::Doctor),
    /// Apply, take back or list schema changes.
    Migrate(migrate::Migrate),
    /// Print, check or show the configuration.
    Config(config::Configuration),
}

impl Arguments {
    /// What the configuration is read from.
    fn sources(&self) -> Result<Sources, Failure> {
        let of_command = match &self.command {
            Command::Serve(serve) => serve.flags(),
            _ => Vec::new(),
        };
        self.common.sources(of_command)
    }
}

/// Parses the command line, runs the command and turns its outcome into an exit status.
pub fn main() -> ExitCode {
    match start(Arguments::parse()) {
        Ok(status) => status,
        Err(failure) => failure.report(),
    }
}

/// Reads the configuration before anything is opened, then runs the command.
fn start(arguments: Arguments) -> Result<ExitCode, Failure> {
    let sources = arguments.sources()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Command::Config(command) = arguments.command {
        return runtime.block_on(command.run(sources));
    }
    let effective = Effective::load(&sources)?;
    session::warn(&effective);
    panic::log();
    runtime.block_on(run(arguments.command, effective.config))
}

async fn run(command: Command, config: Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(command) => command.run(config).await,
        Command::Serve(command) => command.run(config).await,
        Command::Import(command) => command.run(config).await,
        Command::Recompute(command) => command.run(config).await,
        Command::Replay(command) => command.run(config).await,
        Command::Report(command) => command.run(config).await,
        Command::Schedule(command) => command.run(config).await,
        Command::Dimension(command) => command.run(config).await,
        Command::Query(command) => command.run(config).await,
        Command::Schema => output::line(crate::graphql::sdl().trim_end()),
        Command::Token(command) => command.run(config).await,
        Command::Doctor(command) => command.run(config).await,
        Command::Migrate(command) => command.run(config).await,
        // Answered before anything else is read: a wrong configuration is what it is for.
        Command::Config(_) => Ok(ExitCode::SUCCESS),
    }
}
