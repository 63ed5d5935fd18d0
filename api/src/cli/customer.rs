//! `needle customer`: two customers who are one person.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use needle_rules::merge::{self, CustomerMerge};
use needle_rules::segment::ChangeError;
use serde_json::json;

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::config::Config;

/// Merges customers who are one person, and undoes it.
#[derive(Debug, Args)]
pub struct CustomerCommand {
    #[command(subcommand)]
    action: CustomerAction,
}

#[derive(Debug, Subcommand)]
enum CustomerAction {
    /// Give all responses of a customer to another one, who is the same person; later rows of the first are the other's.
    Merge {
        /// The id of the customer that becomes part of the other one.
        from: String,
        /// The id of the customer that stays.
        into: String,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Undo a merge: the customer exists again, with its responses of then.
    Unmerge {
        /// The id of the customer that became part of another one.
        from: String,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

impl CustomerCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let target = CommandContext::open(&config).await?.target();
        match self.action {
            CustomerAction::Merge { from, into, json } => {
                let done = problem_only(merge::merge(&target, &from, &into, "cli").await)?;
                let line = format!("\"{from}\" is part of \"{into}\" now: {} responses moved", done.responses);
                print(&done, line, json)
            }
            CustomerAction::Unmerge { from, json } => {
                let done = problem_only(merge::unmerge(&target, &from).await)?;
                let line =
                    format!("\"{from}\" is a customer of its own again: {} responses moved back", done.responses);
                print(&done, line, json)
            }
        }
    }
}

/// The message of a problem need not name the field: the arguments are few.
fn problem_only(outcome: Result<CustomerMerge, ChangeError>) -> Result<CustomerMerge, CommandError> {
    match outcome {
        Err(ChangeError::Problem(problem)) => Err(CommandError::Message(problem.message)),
        outcome => Ok(outcome?),
    }
}

fn print(done: &CustomerMerge, line: String, as_json: bool) -> Result<ExitCode, CommandError> {
    if as_json {
        return output::json(&json!({"customer": done.customer.external_id, "responses": done.responses}));
    }
    output::line(line)?;
    Ok(ExitCode::SUCCESS)
}
