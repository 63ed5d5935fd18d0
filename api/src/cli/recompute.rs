//! `needle recompute` and `needle replay`: one run now, or one per week of the past.

use std::process::ExitCode;

use chrono_tz::Tz;
use clap::Args;
use entity::run::{RunState, RunTrigger};
use entity::{Calendar, Database, Day, StoreError, store};
use jobs::recompute::{self, RunOutcome, RunRequest};
use needle_rules::removal;
use serde_json::{Value, json};

use super::context::{CommandContext, connect};
use super::error::CommandError;
use super::output;
use crate::clock::system_clock;
use crate::config::Config;

/// Recomputes every score and review.
#[derive(Debug, Args)]
pub struct RecomputeCommand {
    /// Compute scores and reviews as of this day [default: today].
    #[arg(long, value_name = "DATE")]
    as_of: Option<Day>,
    /// Rebuild everything from the raw responses.
    #[arg(long)]
    full: bool,
    /// Print the run as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs one recompute per week of a period.
#[derive(Debug, Args)]
pub struct ReplayCommand {
    /// The first day of the period.
    #[arg(long, value_name = "DATE")]
    from: Day,
    /// The day after the last day of the period.
    #[arg(long, value_name = "DATE")]
    until: Day,
    /// Print each run as one line of JSON.
    #[arg(long)]
    json: bool,
}

impl RecomputeCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let database = connect(config.database.url.reveal()).await?;
        let calendar = self.calendar(&database, config.reporting.time_zone).await?;
        let job_context = CommandContext::new(database, calendar, system_clock(), &config).job_context;
        let request = RunRequest { as_of: self.as_of, full: self.full, ..RunRequest::by(RunTrigger::Manual) };
        let outcome = recompute::run(&job_context, &request).await?;
        // Where no server runs, this is what removes erased data from the files.
        let removed = Box::pin(removal::remove_due(&job_context.database, job_context.clock.now())).await;
        if let Err(error) = removed {
            tracing::warn!(%error, "what was erased is still in the files of the database");
        }
        print(&outcome, self.json)
    }

    /// The calendar of the database. A full rebuild changes its time zone to the requested one; else another zone is an
    /// error.
    async fn calendar(&self, database: &Database, requested_zone: Option<Tz>) -> Result<Calendar, CommandError> {
        match (store::setting::calendar(database.writer(), requested_zone).await, requested_zone) {
            (Err(StoreError::TimeZoneDiffers { .. } | StoreError::UnknownTimeZone(_)), Some(zone)) if self.full => {
                Ok(recompute::change_time_zone(database, zone).await?)
            }
            (calendar, _) => Ok(calendar?),
        }
    }
}

impl ReplayCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        if self.from >= self.until {
            return Err(CommandError::Message(format!(
                "expected --from before --until, found {} and {}",
                self.from, self.until
            )));
        }
        let job_context = CommandContext::open(&config).await?.job_context;
        let mut printed = Ok(ExitCode::SUCCESS);
        recompute::replay(&job_context, self.from, self.until, |outcome| {
            if printed.is_ok() {
                printed = print(&outcome, self.json);
            }
        })
        .await?;
        printed
    }
}

fn print(outcome: &RunOutcome, as_json: bool) -> Result<ExitCode, CommandError> {
    if as_json {
        return output::json(&to_json(outcome));
    }
    let RunOutcome { run, seconds } = outcome;
    let total = seconds.count + seconds.score + seconds.review + seconds.publish;
    let published = if run.version.is_some() { "published" } else { "reviews added, something newer stays published" };
    output::line(format!(
        "run {} as of {}: {} responses, {} weeks counted, {} segments scored, {} decisions reviewed in {total:.2} s; {published}",
        run.id.0, run.as_of, run.responses_seen, run.weeks_counted, run.segments_scored, run.decisions_reviewed
    ))
}

fn to_json(RunOutcome { run, seconds }: &RunOutcome) -> Value {
    let state = match run.state {
        RunState::Running => "RUNNING",
        RunState::Succeeded => "SUCCEEDED",
        RunState::Failed => "FAILED",
        RunState::Abandoned => "ABANDONED",
        RunState::Cancelled => "CANCELLED",
    };
    json!({"run": {
        "id": run.id.0.to_string(),
        "asOf": run.as_of.to_string(),
        "state": state,
        "published": run.version.is_some(),
        "responsesSeen": run.responses_seen,
        "weeksCounted": run.weeks_counted,
        "segmentsScored": run.segments_scored,
        "decisionsReviewed": run.decisions_reviewed,
        "seconds": seconds,
    }})
}
