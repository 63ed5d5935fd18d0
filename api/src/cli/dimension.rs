//! `needle dimension`: which attributes one can slice by.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use needle_rules::dimension::{self, DimensionChange, DimensionSummary, SliceabilityOrigin};
use needle_rules::segment::ChangeError;
use serde_json::json;

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::config::Config;

/// More profiles than this make runs and slices slow: worth a word.
const MANY_PROFILES: u64 = 20_000;

/// Lists attributes, and decides which ones can be sliced by.
#[derive(Debug, Args)]
pub struct DimensionCommand {
    #[command(subcommand)]
    action: DimensionAction,
}

#[derive(Debug, Subcommand)]
enum DimensionAction {
    /// List all attributes: whether one can slice by them, and who decided that.
    List {
        /// Print the attributes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let one slice by an attribute, however many values it has.
    Promote(DimensionArguments),
    /// Keep an attribute's values beside the answers, however few there are.
    Demote(DimensionArguments),
}

#[derive(Debug, Args)]
struct DimensionArguments {
    /// The attribute's name.
    name: String,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

impl DimensionCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let database = CommandContext::open(&config).await?.job_context.database;
        match self.action {
            DimensionAction::List { json } => list(&dimension::list(&database).await?, json),
            DimensionAction::Promote(named) => {
                print_change(dimension::promote(&database, &named.name).await, named.json)
            }
            DimensionAction::Demote(named) => print_change(dimension::demote(&database, &named.name).await, named.json),
        }
    }
}

fn list(dimensions: &[DimensionSummary], as_json: bool) -> Result<ExitCode, CommandError> {
    if as_json {
        return output::json(&json!(dimensions));
    }
    for dimension in dimensions {
        let state = if dimension.sliceable { "sliceable" } else { "kept out" };
        let by = match (dimension.decided_by, dimension.sliceable) {
            (SliceabilityOrigin::Operator, _) => " by an operator",
            (SliceabilityOrigin::Limit, false) => ": too many values",
            (SliceabilityOrigin::Limit, true) => "",
        };
        let kind = if dimension.numeric { "numbers" } else { "texts" };
        let stands = match dimension.predicates.as_slice() {
            [] => String::new(),
            predicates => format!("\tstood for by {}", predicates.join("; ")),
        };
        output::line(format!(
            "{}\t{state}{by}\t{} values, {kind}\t{} responses{stands}",
            dimension.name, dimension.distinct_values, dimension.responses
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_change(outcome: Result<DimensionChange, ChangeError>, as_json: bool) -> Result<ExitCode, CommandError> {
    let decided = match outcome {
        // The field is the command's only argument: the message alone says it.
        Err(ChangeError::Problem(problem)) => return Err(CommandError::Message(problem.message)),
        outcome => outcome?,
    };
    if decided.sliceable && decided.profiles > MANY_PROFILES {
        tracing::warn!(
            attribute = decided.name,
            profiles = decided.profiles,
            "so many profiles hold it: runs and slices have to look at each of them"
        );
    }
    if as_json {
        return output::json(&json!(decided));
    }
    let DimensionChange { name, responses, profiles, .. } = &decided;
    output::line(match (decided.sliceable, decided.moved, decided.changed) {
        (true, _, false) => format!("\"{name}\" was promoted before: nothing changed"),
        (false, _, false) => format!("\"{name}\" was demoted before: nothing changed"),
        (true, false, true) => format!("\"{name}\" was sliceable already; from now on it stays so"),
        (false, false, true) => format!("\"{name}\" was kept out already; from now on it stays so"),
        (true, true, true) => format!(
            "\"{name}\" is sliceable after the next recompute: {responses} responses hold it, in {profiles} profiles"
        ),
        (false, true, true) => {
            format!("\"{name}\" is kept out after the next recompute: {responses} responses hold it")
        }
    })
}
