//! `needle dimension`: lists and changes which attributes are sliceable.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use needle_rules::dimension::{self, DimensionChange, DimensionSummary, SliceabilityOrigin};
use needle_rules::segment::ChangeError;
use serde_json::json;

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::config::Config;

/// A promotion that leads to more profiles than this logs a warning: runs and slices get slow.
const MANY_PROFILES: u64 = 20_000;

/// Lists attributes, and decides which of them are sliceable.
#[derive(Debug, Args)]
pub struct DimensionCommand {
    #[command(subcommand)]
    action: DimensionAction,
}

#[derive(Debug, Subcommand)]
enum DimensionAction {
    /// List all attributes: whether they are sliceable, and who decided that.
    List {
        /// Print the attributes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make an attribute sliceable, however many values it has.
    Promote(DimensionArguments),
    /// Store an attribute as a response detail, not as a dimension, however few values it has.
    Demote(DimensionArguments),
}

#[derive(Debug, Args)]
struct DimensionArguments {
    /// The attribute's name.
    name: String,
    /// Print the change as JSON.
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
        let state = if dimension.sliceable { "sliceable" } else { "not sliceable" };
        let origin = match (dimension.decided_by, dimension.sliceable) {
            (SliceabilityOrigin::Operator, _) => ", decided by an operator",
            (SliceabilityOrigin::Limit, false) => ": too many values",
            (SliceabilityOrigin::Limit, true) => "",
        };
        let kind = if dimension.numeric { "numbers" } else { "texts" };
        let replacement = match dimension.predicates.as_slice() {
            [] => String::new(),
            predicates => format!("\treplaced by {}", predicates.join("; ")),
        };
        output::line(format!(
            "{}\t{state}{origin}\t{} values, {kind}\t{} responses{replacement}",
            dimension.name, dimension.distinct_values, dimension.responses
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_change(outcome: Result<DimensionChange, ChangeError>, as_json: bool) -> Result<ExitCode, CommandError> {
    let change = match outcome {
        // The command has a single argument, so the message need not name the field.
        Err(ChangeError::Problem(problem)) => return Err(CommandError::Message(problem.message)),
        outcome => outcome?,
    };
    if change.sliceable && change.profiles > MANY_PROFILES {
        tracing::warn!(attribute = change.name, profiles = change.profiles, "many profiles: runs and slices get slow");
    }
    if as_json {
        return output::json(&json!(change));
    }
    let DimensionChange { name, responses, profiles, .. } = &change;
    output::line(match (change.sliceable, change.moved, change.changed) {
        (true, _, false) => format!("\"{name}\" is already promoted: nothing changed"),
        (false, _, false) => format!("\"{name}\" is already demoted: nothing changed"),
        (true, false, true) => format!("\"{name}\" was already sliceable; now it stays so whatever its values"),
        (false, false, true) => format!("\"{name}\" was already not sliceable; now it stays so whatever its values"),
        (true, true, true) => format!(
            "\"{name}\" is sliceable after the next recompute: {responses} responses have it, in {profiles} profiles"
        ),
        (false, true, true) => {
            format!("\"{name}\" is not sliceable after the next recompute: {responses} responses have it")
        }
    })
}
