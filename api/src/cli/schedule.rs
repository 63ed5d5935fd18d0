//! `needle schedule`: the jobs that `serve` starts, and their next times.

use std::process::ExitCode;

use clap::Args;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use entity::{Timestamp, store};
use jobs::schedule::JobSchedule;
use serde_json::{Value, json};

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::config::Config;

/// The number of slots shown of each job.
const SLOTS_SHOWN: usize = 10;

/// Prints the next ten slots of each job, in its own time zone and in UTC.
#[derive(Debug, Args)]
pub struct ScheduleCommand {
    /// Print the slots as JSON.
    #[arg(long)]
    json: bool,
}

impl ScheduleCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let context = CommandContext::open(&config).await?;
        let settings = context.schedule(&config)?;
        let now = context.job_context.clock.now();
        let schedules = settings.in_zone(context.job_context.calendar.get().zone).into_iter();
        let upcoming: Vec<(JobSchedule, Vec<Timestamp>)> =
            schedules.map(|plan| (plan.clone(), plan.expression.upcoming(now, SLOTS_SHOWN))).collect();
        if self.json {
            let jobs: Vec<Value> = upcoming.iter().map(|(plan, slots)| to_json(plan, slots)).collect();
            return output::json(&json!({ "jobs": jobs }));
        }
        if upcoming.is_empty() {
            return output::line("nothing is scheduled");
        }
        for (plan, slots) in upcoming {
            let (job, expression) = (plan.job.name(), &plan.expression);
            output::line(format!("{job}: {} in {}", expression.text(), expression.zone()))?;
            let mut table = Table::new();
            table.load_style(UTF8_FULL_CONDENSED).set_header([expression.zone().name(), "UTC"]);
            for slot in slots {
                let local = slot.to_utc().with_timezone(&expression.zone());
                table.add_row([local.format("%a %F %T %:z").to_string(), slot.to_utc().format("%a %F %T").to_string()]);
            }
            output::line(table.to_string())?;
            for slot in store::slot::newest(context.job_context.database.reader(), plan.job, 1).await? {
                let (time, state) = (slot.slot.to_utc().format("%F %T"), slot.state.name());
                let reason = slot.error.map(|error| format!(": {error}")).unwrap_or_default();
                output::line(format!("last slot {time} UTC {state}{reason}"))?;
            }
            for delivery in store::delivery::of_newest_slot(context.job_context.database.reader(), plan.job).await? {
                let (channel, state) = (delivery.channel.name(), delivery.state.name());
                let reason = delivery.error.map(|error| format!(": {error}")).unwrap_or_default();
                output::line(format!("last {channel} to {} {state}{reason}", delivery.destination))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn to_json(plan: &JobSchedule, slots: &[Timestamp]) -> Value {
    let zone = plan.expression.zone();
    let slot = |slot: &Timestamp| {
        let utc = slot.to_utc();
        json!({"local": utc.with_timezone(&zone).to_rfc3339(), "utc": utc.to_rfc3339()})
    };
    json!({
        "job": plan.job.name(),
        "expression": plan.expression.text(),
        "timeZone": zone.name(),
        "slots": slots.iter().map(slot).collect::<Vec<_>>(),
    })
}
