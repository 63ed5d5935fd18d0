//! `needle import`: streams a file in.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jobs::import::{self, Options, Progress, Report};
use serde_json::json;

use super::failure::Failure;
use super::output;
use super::session::{Common, Session};

/// The exit status of an import that rejected some rows; the rest is in.
const SOME_REJECTED: u8 = 3;

/// Streams a file in.
#[derive(Debug, Args)]
pub struct Import {
    /// What the file holds.
    kind: Kind,
    /// The file; - is standard input.
    file: PathBuf,
    /// The shape of the file.
    #[arg(long, value_enum, default_value = "auto")]
    format: Format,
    /// A column that goes by another name here; may be repeated.
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = field_and_column)]
    columns: Vec<(String, String)>,
    /// How times are written, as a strftime pattern like %d/%m/%Y.
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<String>,
    /// Where answers come from; ids are unique within a source [default: the format's name].
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Say what would happen and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Customers,
    Responses,
    Segments,
    Decisions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Find out.
    Auto,
    /// The files that the documentation describes.
    Needle,
}

fn field_and_column(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("expected FIELD=COLUMN, like responded_at=date")?;
    match (field.trim(), column.trim()) {
        ("", _) | (_, "") => Err("expected FIELD=COLUMN, like responded_at=date".to_owned()),
        (field, column) => Ok((field.to_owned(), column.to_owned())),
    }
}

impl Import {
    pub async fn run(self, common: Common) -> Result<ExitCode, Failure> {
        let (source, bar) = self.open()?;
        let session = Session::open(&common).await?;
        let options = Options {
            columns: self.columns.into_iter().collect(),
            date_format: self.date_format,
            source: self.source.unwrap_or_else(|| "needle".to_owned()),
            dry_run: self.dry_run,
            imported_by: "cli".to_owned(),
        };
        let kind = match self.kind {
            Kind::Customers => import::Kind::Customers,
            Kind::Responses => import::Kind::Responses,
            Kind::Segments => import::Kind::Segments,
            Kind::Decisions => import::Kind::Decisions,
        };
        let shown = bar.clone();
        let told = move |progress: Progress| shown.set_message(format!("{} rows", progress.rows));
        let report = import::import(&session.target(), kind, source, &options, told).await?;
        bar.finish_and_clear();
        print(&report, self.json, options.dry_run)
    }

    /// The file under a progress bar; no bar where nobody watches.
    fn open(&self) -> Result<(Box<dyn Read + Send>, ProgressBar), Failure> {
        if self.file.as_os_str() == "-" {
            let bar = bar(None);
            return Ok((Box::new(bar.wrap_read(std::io::stdin())), bar));
        }
        let said = |error: std::io::Error| Failure::Said(format!("cannot open {}: {error}", self.file.display()));
        let file = File::open(&self.file).map_err(said)?;
        let metadata = file.metadata().map_err(said)?;
        if metadata.is_dir() {
            return Err(Failure::Said(format!("cannot open {}: it is a folder", self.file.display())));
        }
        let bar = bar(Some(metadata.len()));
        Ok((Box::new(bar.wrap_read(file)), bar))
    }
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

#[expect(clippy::print_stderr, reason = "what is wrong with a row is for the person, the answer for standard output")]
fn print(report: &Report, as_json: bool, dry_run: bool) -> Result<ExitCode, Failure> {
    if as_json {
        output::json(&json!(report))?;
    } else {
        for rejection in &report.rejected {
            let column = if rejection.column.is_empty() { String::new() } else { format!(", {}", rejection.column) };
            let code = json!(rejection.code);
            let code = code.as_str().unwrap_or_default();
            eprintln!("row {}{column}: {code}: {}", rejection.row, rejection.message);
        }
        let Report { accepted, updated, unchanged, rejected } = report;
        let would = if dry_run { "dry run, nothing changed: " } else { "" };
        let rejected = rejected.len();
        output::line(format!(
            "{would}{accepted} accepted, {updated} updated, {unchanged} unchanged, {rejected} rejected"
        ))?;
    }
    Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}
