//! `needle dimension`: which attributes one can slice by.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use needle_rules::dimension::{self, Decided, DecidedBy, Listed};
use needle_rules::segment::Refusal;
use serde_json::json;

use super::failure::Failure;
use super::output;
use super::session::Session;
use crate::config::Config;

/// More profiles than this make runs and slices slow: worth a word.
const MANY_PROFILES: u64 = 20_000;

/// Lists attributes, and decides which ones can be sliced by.
#[derive(Debug, Args)]
pub struct Dimension {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all attributes: whether one can slice by them, and who decided that.
    List {
        /// Print the attributes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let one slice by an attribute, however many values it has.
    Promote(Named),
    /// Keep an attribute's values beside the answers, however few there are.
    Demote(Named),
}

#[derive(Debug, Args)]
struct Named {
    /// The attribute's name.
    name: String,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

impl Dimension {
    pub async fn run(self, config: Config) -> Result<ExitCode, Failure> {
        let database = Session::open(&config).await?.workplace.database;
        match self.action {
            Action::List { json } => list(&dimension::list(&database).await?, json),
            Action::Promote(named) => decided(dimension::promote(&database, &named.name).await, named.json),
            Action::Demote(named) => decided(dimension::demote(&database, &named.name).await, named.json),
        }
    }
}

fn list(dimensions: &[Listed], as_json: bool) -> Result<ExitCode, Failure> {
    if as_json {
        return output::json(&json!(dimensions));
    }
    for dimension in dimensions {
        let state = if dimension.sliceable { "sliceable" } else { "kept out" };
        let by = match (dimension.decided_by, dimension.sliceable) {
            (DecidedBy::Operator, _) => " by an operator",
            (DecidedBy::Limit, false) => ": too many values",
            (DecidedBy::Limit, true) => "",
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

fn decided(outcome: Result<Decided, Refusal>, as_json: bool) -> Result<ExitCode, Failure> {
    let decided = match outcome {
        // The field is the command's only argument: the message alone says it.
        Err(Refusal::Problem(problem)) => return Err(Failure::Said(problem.message)),
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
    let Decided { name, responses, profiles, .. } = &decided;
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
