//! `needle import`: imports a file, which it reads as a stream.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use needle_import::{FileFormat, ImportOptions, ImportPlan, ImportProgress, RowDecision};
use needle_rules::outcome::ImportReport;
use serde_json::json;

use super::context::CommandContext;
use super::error::CommandError;
use super::import_history::ImportHistoryAction;
use super::{import_plan, output};
use crate::config::Config;

/// The exit status of an import that rejected some rows and stored the rest.
const SOME_REJECTED: u8 = 3;

/// Imports a file, or lists and undoes imports.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ImportCommand {
    #[command(subcommand)]
    history: Option<ImportHistoryAction>,
    /// What the file contains.
    #[arg(required = true)]
    kind: Option<ImportKindArgument>,
    /// The file; - is standard input.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// The format of the file: needle's own, a survey tool's export, or auto to detect it.
    #[arg(long, default_value = "auto", value_parser = PossibleValuesParser::new(FileFormat::ALL.map(FileFormat::name)))]
    format: String,
    /// The column that holds a field, whatever the format; may be repeated, for the score with several columns too.
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = field_and_column)]
    columns: Vec<(String, String)>,
    /// The sheet of a spreadsheet to read [default: the only one that holds something].
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// How times are written: a strftime pattern like %d/%m/%Y, or excel for days as spreadsheets count them.
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<String>,
    /// A value that every response has, such as the time of a wave of a survey, or an attribute; may be repeated.
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field_and_value)]
    constants: Vec<(String, String)>,
    /// The time zone of times that name none, such as Europe/Paris [default: that of the heading, else the reporting zone].
    #[arg(long, value_name = "ZONE")]
    zone: Option<chrono_tz::Tz>,
    /// Where responses come from; ids are unique within a source [default: the format's name].
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    source: Option<String>,
    /// Count the rows with this value in this column; may be repeated.
    #[arg(long = "count", value_name = "COLUMN=VALUE", value_parser = counted)]
    counted: Vec<RowDecision>,
    /// Leave out the rows with this value in this column; may be repeated.
    #[arg(long = "reject", value_name = "COLUMN=VALUE", value_parser = left_out)]
    left_out: Vec<RowDecision>,
    /// Overwrite known responses also where most are quite different: the same survey, corrected.
    #[arg(long)]
    update: bool,
    /// Print how columns and the first rows are read, and what an import would do; change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ImportKindArgument {
    Customers,
    Responses,
    Segments,
    Decisions,
}

fn field_and_column(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("expected FIELD=COLUMN, like responded_at=date")?;
    match (field.trim(), column.trim()) {
        ("", _) | (_, "") => Err("expected FIELD=COLUMN, like responded_at=date".to_owned()),
        (field, column) => Ok((field.to_owned(), column.to_owned())),
    }
}

/// Fields that no constant can stand for: each response has its own.
const OWN_FIELDS: [&str; 6] = ["response_id", "score", "customer_id", "email", "name", "comment"];

fn field_and_value(text: &str) -> Result<(String, String), String> {
    let (field, value) = field_and_column(text)
        .map_err(|_| "expected FIELD=VALUE, like responded_at=2024-03-31 or channel=email".to_owned())?;
    if OWN_FIELDS.contains(&field.as_str()) {
        return Err(format!("every response has its own {field}: expected responded_at or the name of an attribute"));
    }
    if field == "responded_at" && !needle_import::is_time(&value) {
        return Err(format!("expected a time like 2024-03-31 or 2024-03-31T09:00:00Z, found \"{value}\""));
    }
    needle_rules::record::check_attribute_name(&field).map_err(|problem| problem.message)?;
    Ok((field, value))
}

fn counted(text: &str) -> Result<RowDecision, String> {
    decision(text, true)
}

fn left_out(text: &str) -> Result<RowDecision, String> {
    decision(text, false)
}

fn decision(text: &str, counts: bool) -> Result<RowDecision, String> {
    let expected = "expected COLUMN=VALUE, like Status=partial";
    let (column, value) = text.split_once('=').ok_or(expected)?;
    let column = column.trim().to_owned();
    if column.is_empty() {
        Err(expected.to_owned())
    } else {
        Ok(RowDecision { column, value: value.to_owned(), counts })
    }
}

impl ImportCommand {
    #[expect(clippy::print_stderr, reason = "notes go to standard error, the result to standard output")]
    pub async fn run(mut self, config: Config) -> Result<ExitCode, CommandError> {
        if let Some(history) = self.history {
            return Box::pin(history.run(config)).await;
        }
        // The parser requires both.
        let (Some(kind), Some(path)) = (self.kind, self.file.take()) else { return Ok(ExitCode::FAILURE) };
        if kind != ImportKindArgument::Responses && !(self.counted.is_empty() && self.left_out.is_empty()) {
            let message = "--count and --reject decide about responses: other files have none";
            return Err(CommandError::Message(message.to_owned()));
        }
        let is_table = matches!(kind, ImportKindArgument::Customers | ImportKindArgument::Responses);
        if self.sheet.is_some() && !is_table {
            let message = "--sheet names a sheet of customers or responses: other files have none";
            return Err(CommandError::Message(message.to_owned()));
        }
        let (source, bar) = open(&path)?;
        let context = CommandContext::open(&config).await?;
        let format = FileFormat::ALL.into_iter().find(|format| format.name() == self.format).unwrap_or_default();
        let (mut columns, mut further_scores) = (BTreeMap::new(), Vec::new());
        for (field, column) in self.columns {
            // One question may be in several columns; every other field is in one.
            if field == "score" && columns.contains_key("score") {
                further_scores.push(column);
            } else {
                columns.insert(field, column);
            }
        }
        let options = ImportOptions {
            columns,
            further_scores,
            sheet: self.sheet,
            update: self.update,
            date_format: self.date_format,
            constants: self.constants.into_iter().collect(),
            decisions: [self.counted, self.left_out].concat(),
            zone: self.zone,
            format,
            source: self.source,
            dry_run: self.dry_run,
            file_name: path.file_name().map(|name| name.to_string_lossy().into_owned()).filter(|name| name != "-"),
            imported_by: "cli".to_owned(),
        };
        let (kind, name) = match kind {
            ImportKindArgument::Customers => (needle_import::FileKind::Customers, "customers"),
            ImportKindArgument::Responses => (needle_import::FileKind::Responses, "responses"),
            ImportKindArgument::Segments => (needle_import::FileKind::Segments, "segments"),
            ImportKindArgument::Decisions => (needle_import::FileKind::Decisions, "decisions"),
        };
        let progress_bar = bar.clone();
        let on_progress = move |progress: ImportProgress| progress_bar.set_message(format!("{} rows", progress.rows));
        let mut captured_plan = None;
        let on_plan = |plan: &ImportPlan| captured_plan = Some(plan.clone());
        let result =
            needle_import::import_with_plan(&context.target(), kind, source, &options, on_progress, on_plan).await;
        bar.finish_and_clear();
        for note in captured_plan.iter().flat_map(|plan| &plan.notes).filter(|_| !self.json) {
            eprintln!("note: {note}");
        }
        let plan = captured_plan.filter(|_| options.dry_run);
        // As JSON the plan is part of the result; where there is none it explains the failure.
        if let Some(plan) = plan.as_ref().filter(|_| !self.json || result.is_err()) {
            import_plan::explain(plan, name, &path);
        }
        print(&result?, plan.as_ref(), self.json, options.dry_run)
    }
}

/// The input, read through a progress bar, which is hidden unless standard error is a terminal.
fn open(path: &Path) -> Result<(Box<dyn Read + Send>, ProgressBar), CommandError> {
    if path.as_os_str() == "-" {
        let bar = bar(None);
        return Ok((Box::new(bar.wrap_read(std::io::stdin())), bar));
    }
    let io_failure = |error: std::io::Error| CommandError::Message(format!("cannot open {}: {error}", path.display()));
    let file = File::open(path).map_err(io_failure)?;
    let metadata = file.metadata().map_err(io_failure)?;
    if metadata.is_dir() {
        return Err(CommandError::Message(format!("cannot open {}: it is a folder", path.display())));
    }
    let bar = bar(Some(metadata.len()));
    Ok((Box::new(bar.wrap_read(file)), bar))
}

fn bar(length: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = match length {
        Some(length) => ProgressBar::new(length),
        None => ProgressBar::no_length(),
    };
    let template = "{elapsed_precise} {wide_bar} {bytes}/{total_bytes} {msg} ({bytes_per_sec}, {eta} left)";
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[expect(clippy::print_stderr, reason = "rejected rows go to standard error, the result to standard output")]
fn print(
    report: &ImportReport,
    plan: Option<&ImportPlan>,
    as_json: bool,
    dry_run: bool,
) -> Result<ExitCode, CommandError> {
    if as_json {
        let mut output = json!(report);
        if let (Some(plan), Some(object)) = (plan, output.as_object_mut()) {
            object.insert("plan".to_owned(), json!(plan));
        }
        output::json(&output)?;
    } else {
        for rejection in &report.rejected {
            let column = if rejection.column.is_empty() { String::new() } else { format!(", {}", rejection.column) };
            let code = json!(rejection.code);
            let code = code.as_str().unwrap_or_default();
            eprintln!("row {}{column}: {code}: {}", rejection.row, rejection.message);
        }
        for note in &report.notes {
            eprintln!("note: {note}");
        }
        let ImportReport { accepted, updated, unchanged, rejected, .. } = report;
        let prefix = if dry_run { "dry run, nothing changed: " } else { "" };
        let rejected = rejected.len();
        output::line(format!(
            "{prefix}{accepted} accepted, {updated} updated, {unchanged} unchanged, {rejected} rejected"
        ))?;
    }
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}
