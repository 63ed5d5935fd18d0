//! Why a command failed, for a person at a terminal: one sentence and exit status 1, or 2 for wrong usage.

use std::process::ExitCode;

use crate::auth::TokenError;
use crate::auth::jwt::{JwksOriginError, JwksReadError};
use crate::config::ConfigMistakes;
use crate::graphql::document::ManifestError;

/// A failed command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
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
    Refusal(#[from] needle_rules::segment::ChangeError),
    /// The schedule could not begin.
    #[error(transparent)]
    Schedule(#[from] jobs::schedule::ScheduleError),
    /// There is no report.
    #[error(transparent)]
    Report(#[from] jobs::report::ReportError),
    /// A token could not be made.
    #[error(transparent)]
    Auth(#[from] TokenError),
    /// The keys of the identity provider are nowhere.
    #[error(transparent)]
    KeysOrigin(#[from] JwksOriginError),
    /// The keys of the identity provider cannot be read.
    #[error(transparent)]
    Keys(#[from] JwksReadError),
    /// The trusted documents cannot be read.
    #[error(transparent)]
    Documents(#[from] ManifestError),
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The configuration is wrong.
    #[error(transparent)]
    Configuration(#[from] ConfigMistakes),
    /// The command was called wrongly.
    #[error("{0}")]
    Usage(String),
    /// Anything that one sentence explains.
    #[error("{0}")]
    Message(String),
}

impl CommandError {
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
