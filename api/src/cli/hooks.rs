//! `needle hooks`: what survey tools sent to webhooks, and reading again what was kept.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use entity::hook_delivery::{HookDeliveryId, HookDeliveryState, Model as DeliveryRow};
use entity::store::hook_delivery::{self, HookDeliveryCriteria};
use entity::store::page::{PageRequest, RowPosition, SortKey};
use needle_import::hook::{self, HookMaps, HookOutcome};
use needle_rules::target::WriteContext;
use needle_rules::wording;
use serde_json::{Value, json};

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::config::Config;

/// The exit status when some deliveries still wait.
const SOME_WAIT: u8 = 3;

/// Deliveries that are read at once.
const PAGE: u64 = 500;

/// Lists what survey tools sent to webhooks, and reads again what was kept.
#[derive(Debug, Args)]
pub struct HooksCommand {
    #[command(subcommand)]
    action: HooksAction,
}

#[derive(Debug, Subcommand)]
enum HooksAction {
    /// List the deliveries that wait: they could not be read, and are kept for thirty days.
    List {
        /// List every delivery of the last thirty days, whatever became of it.
        #[arg(long)]
        all: bool,
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read deliveries again that wait, once their cause is mended.
    Retry {
        /// The number of the delivery; see `needle hooks list`.
        #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
        id: Option<i64>,
        /// All that wait, oldest first.
        #[arg(long)]
        all: bool,
        /// Print what became of them as JSON.
        #[arg(long)]
        json: bool,
    },
}

impl HooksCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let target = CommandContext::open(&config).await?.target();
        let maps = Arc::new(config.hooks.map.maps.clone());
        match self.action {
            HooksAction::List { all, json } => list(&target, all, json).await,
            HooksAction::Retry { id: Some(id), json, .. } => {
                let outcome = hook::retry(&target, &maps, HookDeliveryId(id)).await?;
                let missing = || CommandError::Message(format!("no delivery has the number {id}"));
                print(&[outcome.ok_or_else(missing)?], json)
            }
            HooksAction::Retry { id: None, json, .. } => print(&retry_all(&target, &maps).await?, json),
        }
    }
}

async fn list(target: &WriteContext, all: bool, as_json: bool) -> Result<ExitCode, CommandError> {
    let state = (!all).then_some(HookDeliveryState::Waiting);
    let criteria = HookDeliveryCriteria { vendor: None, state };
    let mut after = None;
    let mut rows: Vec<DeliveryRow> = Vec::new();
    loop {
        let page = PageRequest { limit: PAGE, after, ..PageRequest::default() };
        let found = hook_delivery::list(target.database.reader(), &criteria, &page).await?;
        after = found.rows.last().map(|row| RowPosition { key: SortKey::Whole(row.id.0), id: row.id.0 });
        rows.extend(found.rows);
        if !found.has_next {
            break;
        }
    }
    if as_json {
        return output::json(&Value::Array(rows.iter().map(described).collect()));
    }
    if rows.is_empty() {
        output::line(if all { "nothing was sent to a webhook in the last thirty days" } else { "no delivery waits" })?;
    }
    for row in &rows {
        let (number, vendor, state) = (row.id.0, row.vendor.name(), row.state.name());
        let received = row.received_at.to_utc().format("%Y-%m-%d %H:%M UTC");
        output::line(format!(
            "{number}\t{vendor}\t{received}\t{state}{}",
            why(row.code.as_deref(), row.reason.as_deref())
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn described(row: &DeliveryRow) -> Value {
    json!({
        "id": row.id.0, "vendor": row.vendor.name(), "state": row.state.name(), "code": row.code, "reason": row.reason,
        "receivedAt": row.received_at.to_utc().to_rfc3339(), "triedAt": row.tried_at.to_utc().to_rfc3339(),
        "attempts": row.attempts,
    })
}

async fn retry_all(target: &WriteContext, maps: &Arc<HookMaps>) -> Result<Vec<HookOutcome>, CommandError> {
    let (mut last, mut outcomes) = (HookDeliveryId(0), Vec::new());
    loop {
        let ids = hook::waiting_ids(target, last).await?;
        let Some(end) = ids.last() else { return Ok(outcomes) };
        last = *end;
        for id in ids {
            outcomes.extend(hook::retry(target, maps, id).await?);
        }
    }
}

fn print(outcomes: &[HookOutcome], as_json: bool) -> Result<ExitCode, CommandError> {
    let waiting = outcomes.iter().filter(|outcome| outcome.state == HookDeliveryState::Waiting).count();
    if as_json {
        let each = outcomes.iter().map(|outcome| {
            json!({"id": outcome.id.0, "state": outcome.state.name(), "code": outcome.code, "reason": outcome.reason})
        });
        let settled = outcomes.len() - waiting;
        output::json(&json!({"settled": settled, "waiting": waiting, "deliveries": each.collect::<Vec<_>>()}))?;
    } else {
        for outcome in outcomes {
            let why = why(outcome.code.as_deref(), outcome.reason.as_deref());
            output::line(format!("{}\t{}{why}", outcome.id.0, outcome.state.name()))?;
        }
        let settled = (outcomes.len() - waiting) as u64;
        let settled = wording::counted(settled, "delivery is", "deliveries are");
        output::line(format!("{settled} settled, {waiting} still wait"))?;
    }
    Ok(if waiting == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_WAIT) })
}

fn why(code: Option<&str>, reason: Option<&str>) -> String {
    let parts = [code.map(|code| format!("\t{code}")), reason.map(|reason| format!("\t{reason}"))];
    parts.into_iter().flatten().collect()
}
