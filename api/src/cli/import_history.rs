//! `needle import list` and `needle import undo`: the files that were imported, and undoing one.

use std::process::ExitCode;

use chrono_tz::Tz;
use clap::Subcommand;
use entity::import::{ImportId, Model as ImportRow};
use entity::{ConnectionTrait, store};
use needle_rules::import::{ImportUndo, undo};
use needle_rules::segment::ChangeError;
use needle_rules::wording;
use serde_json::{Value, json};

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum ImportHistoryAction {
    /// List the files that were imported, newest first.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Undo an import of customers or responses: its rows go, and those that it changed are what they were.
    Undo {
        /// The number of the import, as `needle import list` shows it.
        id: i64,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

impl ImportHistoryAction {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let context = CommandContext::open(&config).await?;
        let zone = context.job_context.calendar.get().zone;
        match self {
            Self::List { json } => list(context.job_context.database.reader(), zone, json).await,
            Self::Undo { id, json } => match undo(&context.target(), ImportId(id), "cli").await {
                Ok(undone) => print(&undone, json),
                // The command has a single argument, so the message need not name the field.
                Err(ChangeError::Problem(problem)) => Err(CommandError::Message(problem.message)),
                Err(error) => Err(error.into()),
            },
        }
    }
}

async fn list<C: ConnectionTrait>(connection: &C, zone: Tz, as_json: bool) -> Result<ExitCode, CommandError> {
    let imports = store::import::all(connection).await?;
    if as_json {
        return output::json(&imports.iter().map(as_value).collect());
    }
    for import in &imports {
        let ImportRow { accepted, updated, unchanged, rejected, .. } = import;
        let file = import.file_name.as_deref().unwrap_or("(standard input)");
        let state = match (import.undone_at, &import.undone_by, import.finished_at) {
            (Some(at), Some(by), _) => format!("\tundone {} by {by}", wording::local_time(at.to_utc(), zone)),
            (_, _, None) => "\tnot finished".to_owned(),
            _ => String::new(),
        };
        output::line(format!(
            "{}\t{}\t{}\t{file}\tby {}\t{accepted} accepted, {updated} updated, {unchanged} unchanged, {rejected} \
             rejected{state}",
            import.id.0,
            wording::local_time(import.started_at.to_utc(), zone),
            import.kind_name(),
            import.imported_by,
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn as_value(import: &ImportRow) -> Value {
    let time = |at: entity::Timestamp| at.to_utc().to_rfc3339();
    json!({
        "id": import.id.0,
        "kind": import.kind_name(),
        "fileName": import.file_name,
        "digest": import.digest_text(),
        "source": import.source,
        "importedBy": import.imported_by,
        "startedAt": time(import.started_at),
        "finishedAt": import.finished_at.map(time),
        "accepted": import.accepted,
        "updated": import.updated,
        "unchanged": import.unchanged,
        "rejected": import.rejected,
        "undoneAt": import.undone_at.map(time),
        "undoneBy": import.undone_by,
    })
}

fn print(undone: &ImportUndo, as_json: bool) -> Result<ExitCode, CommandError> {
    let ImportUndo { import, deleted_responses, restored_responses, deleted_customers, restored_customers } = undone;
    if as_json {
        return output::json(&json!({
            "import": as_value(import),
            "responsesDeleted": deleted_responses,
            "responsesRestored": restored_responses,
            "customersDeleted": deleted_customers,
            "customersRestored": restored_customers,
        }));
    }
    output::line(format!(
        "the import {} is undone: {} deleted, {restored_responses} restored; {} deleted, {restored_customers} restored. \
         The figures follow with the next recompute",
        import.id.0,
        wording::responses(*deleted_responses),
        wording::counted(*deleted_customers, "customer", "customers"),
    ))
}
