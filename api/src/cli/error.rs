//! Why a command failed, for a person at a terminal: a message, and exit status 1, or 2 for wrong usage and a wrong
//! configuration.

use std::process::ExitCode;

use crate::auth::TokenError;
use crate::auth::jwt::{JwksOriginError, JwksReadError};
use crate::config::ConfigMistakes;
use crate::graphql::document::ManifestError;

/// The failure of a command, as its message.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Store(#[from] entity::StoreError),
    #[error(transparent)]
    Import(#[from] needle_import::ImportError),
    /// A kept delivery could not be read again.
    #[error(transparent)]
    Hook(#[from] needle_import::hook::HookError),
    #[error(transparent)]
    Recompute(#[from] jobs::recompute::RecomputeError),
    /// A run of a replay failed; later ones were not started.
    #[error(transparent)]
    Replay(#[from] jobs::recompute::RunError),
    /// A rule refuses the change, like an unknown attribute.
    #[error(transparent)]
    Refusal(#[from] needle_rules::segment::ChangeError),
    #[error(transparent)]
    Schedule(#[from] jobs::schedule::ScheduleError),
    /// The report could not be made.
    #[error(transparent)]
    Report(#[from] jobs::report::ReportError),
    #[error(transparent)]
    Auth(#[from] TokenError),
    /// `jwks` in the configuration is neither a file nor a URL.
    #[error(transparent)]
    KeysOrigin(#[from] JwksOriginError),
    #[error(transparent)]
    Keys(#[from] JwksReadError),
    /// The manifest of trusted documents cannot be read.
    #[error(transparent)]
    Documents(#[from] ManifestError),
    /// Standard input or output failed, or the runtime could not start.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Mistakes in the configuration: exit status 2.
    #[error(transparent)]
    Configuration(#[from] ConfigMistakes),
    /// The command was called wrongly: exit status 2.
    #[error("{0}")]
    Usage(String),
    /// Any other failure, explained in a sentence.
    #[error("{0}")]
    Message(String),
}

impl CommandError {
    /// Prints the message to standard error and returns the exit status.
    #[expect(clippy::print_stderr, reason = "the message of a failed command goes to standard error")]
    pub fn report(&self) -> ExitCode {
        match self {
            // Each line begins with the location of a mistake.
            Self::Configuration(mistakes) => eprintln!("{mistakes}"),
            _ => eprintln!("needle: {self}"),
        }
        ExitCode::from(if matches!(self, Self::Configuration(_) | Self::Usage(_)) { 2 } else { 1 })
    }
}
