//! `needle config`: prints the commented defaults, checks a file, and shows the effective values. Needs no database.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::context::warn;
use super::error::CommandError;
use super::output;
use crate::config::{ConfigMistakes, ConfigSources, DEFAULT_FILE, EffectiveConfig};

/// Prints, checks and shows the configuration.
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
    /// Print a configuration file with every key, explained and commented out.
    Print,
    /// Print "ok", or list every mistake in the file, the environment and the flags (exit status 2).
    Check {
        /// The file; - is standard input [default: the one of `--config` or `NEEDLE_CONFIG`].
        file: Option<PathBuf>,
    },
    /// Print every effective value and its origin, without secrets.
    Show,
}

impl ConfigCommand {
    pub async fn run(self, mut sources: ConfigSources) -> Result<ExitCode, CommandError> {
        match self.action {
            ConfigAction::Print => output::line(DEFAULT_FILE.trim_end()),
            ConfigAction::Check { file } => {
                if let Some(file) = file {
                    let is_standard_input = file.as_os_str() == "-";
                    sources.file = Some(if is_standard_input { PathBuf::from("/dev/stdin") } else { file });
                }
                let effective = EffectiveConfig::load(&sources)?;
                warn(&effective);
                let unreadable = effective.unreadable().await;
                if !unreadable.is_empty() {
                    return Err(ConfigMistakes(unreadable).into());
                }
                output::line("ok")
            }
            ConfigAction::Show => {
                let effective = EffectiveConfig::load(&sources)?;
                warn(&effective);
                output::line(listing(&effective))
            }
        }
    }
}

/// The effective values in the syntax of the configuration file, each followed by a comment with its origin.
fn listing(effective: &EffectiveConfig) -> String {
    let values = effective.values();
    let assignments: Vec<String> = values.iter().map(|(name, value, _)| format!("{} = {value}", name.key)).collect();
    let width = assignments.iter().map(|assignment| assignment.chars().count()).max().unwrap_or_default();
    let mut lines = Vec::new();
    let mut section = "";
    for ((name, _, origin), assignment) in values.iter().zip(&assignments) {
        if name.section != section {
            section = name.section;
            lines.push(format!("\n[{section}]"));
        }
        lines.push(format!("{assignment:width$}  # {origin}"));
    }
    lines.join("\n").trim_start().to_owned()
}
