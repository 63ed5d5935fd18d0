//! Why a command failed, for a person at a terminal: one sentence and exit status 1, or 2 for wrong usage.

use std::process::ExitCode;

use crate::auth::AuthError;
use crate::auth::jwt::{OriginError, ReadError};
use crate::config::Mistakes;
use crate::graphql::document::ManifestError;

/// A failed command.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] entity::StoreError),
    /// A file could not be imported.
    #[error(transparent)]
    Import(#[from] needle_import::ImportError),
    /// A run failed.
    #[error(transparent)]
    Recompute(#[from] jobs::recompute::RecomputeError),
    /// A replay stopped.
    #[error(transparent)]
    Replay(#[from] jobs::recompute::RunError),
    /// A request was refused.
    #[error(transparent)]
    Refused(#[from] needle_rules::segment::Refusal),
    /// The schedule could not begin.
    #[error(transparent)]
    Schedule(#[from] jobs::schedule::ScheduleError),
    /// There is no report.
    #[error(transparent)]
    Report(#[from] jobs::report::ReportError),
    /// A token could not be made.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The keys of the identity provider are nowhere.
    #[error(transparent)]
    KeysOrigin(#[from] OriginError),
    /// The keys of the identity provider cannot be read.
    #[error(transparent)]
    Keys(#[from] ReadError),
    /// The trusted documents cannot be read.
    #[error(transparent)]
    Documents(#[from] ManifestError),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The configuration is wrong.
    #[error(transparent)]
    Configuration(#[from] Mistakes),
    /// The command was called wrongly.
    #[error("{0}")]
    Usage(String),
    /// Anything that one sentence explains.
    #[error("{0}")]
    Said(String),
}

impl Failure {
    /// Prints the sentence and gives the exit status.
    #[expect(clippy::print_stderr, reason = "the last word of a failed command")]
    pub fn report(&self) -> ExitCode {
        match self {
            // Each line of it begins with the place of a mistake.
            Self::Configuration(mistakes) => eprintln!("{mistakes}"),
            _ => eprintln!("needle: {self}"),
        }
        ExitCode::from(if matches!(self, Self::Configuration(_) | Self::Usage(_)) { 2 } else { 1 })
    }
}
