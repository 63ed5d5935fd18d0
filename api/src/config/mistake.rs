//! What is wrong with a configuration: every mistake with its place, one line each.

use std::fmt;

/// More mistakes than anybody reads at once.
const SHOWN_LIMIT: usize = 100;

/// Where a mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MistakeLocation {
    /// A file as a whole.
    File(String),
    /// A place in a file; lines and columns count from 1.
    Line {
        /// The file's name, as it was given.
        file: String,
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
        /// The section; empty outside of all.
        section: String,
        /// The key; empty where it is about the section.
        key: String,
    },
    /// A variable of the environment.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for MistakeLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) | Self::Variable(name) => formatter.write_str(name),
            Self::Flag(name) => formatter.write_str(name),
            Self::Line { file, line, column, section, key } => {
                write!(formatter, "{file}:{line}:{column}")?;
                match (section.as_str(), key.as_str()) {
                    ("", "") => Ok(()),
                    ("", key) => write!(formatter, ": {key}"),
                    (section, "") => write!(formatter, ": [{section}]"),
                    (section, key) => write!(formatter, ": [{section}] {key}"),
                }
            }
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMistake {
    /// Where it is.
    pub location: MistakeLocation,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for ConfigMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.location, self.message)
    }
}

/// All mistakes of a configuration: those of the file in the order of its lines, then the environment's, then the flags'.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigMistakes(pub Vec<ConfigMistake>);

impl fmt::Display for ConfigMistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in self.0.iter().take(SHOWN_LIMIT) {
            writeln!(formatter, "{mistake}")?;
        }
        match self.0.len() {
            1 => write!(formatter, "needle: the configuration has a mistake"),
            count @ ..=SHOWN_LIMIT => write!(formatter, "needle: the configuration has {count} mistakes"),
            count => {
                write!(formatter, "needle: the configuration has {count} mistakes; the first {SHOWN_LIMIT} are listed")
            }
        }
    }
}
