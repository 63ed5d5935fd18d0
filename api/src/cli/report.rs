//! `needle report`: the weekly report and its short forms, on standard output or in a file.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use entity::Day;
use entity::token::Role;
use jobs::report::{self, Asked};
use needle_analytics::figures::Figures;

use super::failure::Failure;
use super::output;
use super::session::Session;
use crate::auth::Viewer;
use crate::config::Config;

/// Prints what the published figures say to leaders.
#[derive(Debug, Args)]
pub struct Report {
    /// The day to report as of [default: today].
    #[arg(long, value_name = "DATE")]
    as_of: Option<Day>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Html)]
    format: Format,
    /// The file to write; - is standard output.
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Which form: everything, or the short one of a morning or a Friday.
    #[arg(long, value_enum, default_value_t = Form::Weekly)]
    form: Form,
    /// For whom: viewers read no words of customers and no scores of very small groups.
    #[arg(long = "for", value_enum, default_value_t = Reader::Leader)]
    reader: Reader,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One HTML page that needs nothing else.
    Html,
    /// Markdown.
    Md,
}

/// Which form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Everything, two pages.
    Weekly,
    /// The short form of a morning.
    Brief,
    /// The short form of a Friday.
    Friday,
}

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reader {
    Viewer,
    Leader,
}

impl Report {
    pub async fn run(self, config: Config) -> Result<ExitCode, Failure> {
        let Session { workplace, .. } = Session::open(&config).await?;
        let role = match self.reader {
            Reader::Viewer => Role::Viewer,
            Reader::Leader => Role::Leader,
        };
        let viewer = Viewer { name: "cli".to_owned(), role };
        let form = match self.form {
            Form::Weekly => report::Form::Weekly,
            Form::Brief => report::Form::Brief,
            Form::Friday => report::Form::Friday,
        };
        let audience = viewer.audience(config.server.suppress_below);
        let request = Asked { as_of: self.as_of, form, audience };
        let analytics =
            Figures::load(&workplace.database, workplace.calendar).await.map_err(report::ReportError::from)?;
        let found = report::gather(&workplace, Arc::new(analytics), request).await?;
        let text = match self.format {
            Format::Html => report::to_html(&found, None)?,
            Format::Md => report::to_markdown(&found, None),
        };
        if self.out.as_os_str() == "-" {
            return output::line(text.trim_end());
        }
        let io_failure = |error: std::io::Error| Failure::Said(format!("cannot write {}: {error}", self.out.display()));
        let mut file = std::fs::File::create(&self.out).map_err(io_failure)?;
        file.write_all(text.as_bytes()).map_err(io_failure)?;
        Ok(ExitCode::SUCCESS)
    }
}
