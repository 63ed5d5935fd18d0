//! `needle report`: the weekly report and its short forms, on standard output or in a file.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use entity::Day;
use entity::token::Role;
use jobs::report::{self, ReportRequest};
use needle_analytics::analytics_cache::Analytics;

use super::context::CommandContext;
use super::error::CommandError;
use super::output;
use crate::auth::Viewer;
use crate::config::Config;

/// Prints the report on the published scores and reviews.
#[derive(Debug, Args)]
pub struct ReportCommand {
    /// The day to report as of [default: today].
    #[arg(long, value_name = "DATE")]
    as_of: Option<Day>,
    /// The format of the output.
    #[arg(long, value_enum, default_value_t = ReportFormatArgument::Html)]
    format: ReportFormatArgument,
    /// The file to write; - is standard output.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// The full weekly report, or the short one of a morning or a Friday.
    #[arg(long, value_enum, default_value_t = ReportFormArgument::Weekly)]
    form: ReportFormArgument,
    /// The role of the readers: viewers see no comments and no scores of very small groups.
    #[arg(long = "for", value_enum, default_value_t = ReportReaderArgument::Leader)]
    reader: ReportReaderArgument,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormatArgument {
    /// One self-contained HTML page.
    Html,
    /// Markdown.
    Md,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormArgument {
    /// The full report, two pages.
    Weekly,
    /// The short report of a morning.
    Brief,
    /// The short report of a Friday.
    Friday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportReaderArgument {
    Viewer,
    Leader,
}

impl ReportCommand {
    pub async fn run(self, config: Config) -> Result<ExitCode, CommandError> {
        let CommandContext { job_context, .. } = CommandContext::open(&config).await?;
        let role = match self.reader {
            ReportReaderArgument::Viewer => Role::Viewer,
            ReportReaderArgument::Leader => Role::Leader,
        };
        let viewer = Viewer { name: "cli".to_owned(), role };
        let form = match self.form {
            ReportFormArgument::Weekly => report::ReportForm::Weekly,
            ReportFormArgument::Brief => report::ReportForm::Brief,
            ReportFormArgument::Friday => report::ReportForm::Friday,
        };
        let audience = viewer.audience(config.server.suppress_below);
        let request = ReportRequest { as_of: self.as_of, form, audience };
        let analytics = Analytics::load(&job_context.database, job_context.calendar.get())
            .await
            .map_err(report::ReportError::from)?;
        let compiled = report::compile(&job_context, Arc::new(analytics), request).await?;
        let text = match self.format {
            ReportFormatArgument::Html => report::to_html(&compiled, None)?,
            ReportFormatArgument::Md => report::to_markdown(&compiled, None),
        };
        if self.out.as_os_str() == "-" {
            return output::line(text.trim_end());
        }
        let io_failure =
            |error: std::io::Error| CommandError::Message(format!("cannot write {}: {error}", self.out.display()));
        let mut file = std::fs::File::create(&self.out).map_err(io_failure)?;
        file.write_all(text.as_bytes()).map_err(io_failure)?;
        Ok(ExitCode::SUCCESS)
    }
}
