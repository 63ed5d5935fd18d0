//! The command line: one module per command, which parses, calls a job or the API, and prints the answer.
//!
//! Standard output carries the answer only; logs and bars go to standard error.

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
mod schedule;
mod scoreboard;
mod serve;
mod session;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
}

/// Parses the command line, runs the command and turns its outcome into an exit status.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    session::start_logging(arguments.common.log_format);
    panic::log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(error).report(),
    };
    match runtime.block_on(run(arguments)) {
        Ok(status) => status,
        Err(failure) => failure.report(),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Demo(command) => command.run(common).await,
        Command::Serve(command) => command.run(common).await,
        Command::Import(command) => command.run(common).await,
        Command::Recompute(command) => command.run(common).await,
        Command::Replay(command) => command.run(common).await,
        Command::Schedule(command) => command.run(common).await,
        Command::Dimension(command) => command.run(common).await,
        Command::Query(command) => command.run(common).await,
        Command::Schema => output::line(crate::graphql::sdl().trim_end()),
        Command::Token(command) => command.run(common).await,
        Command::Doctor(command) => command.run(common).await,
        Command::Migrate(command) => command.run(common).await,
    }
}
