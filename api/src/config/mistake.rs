//! Mistakes in a configuration, each with its location and on one line.

use std::fmt;

/// The maximum number of mistakes that are printed.
const SHOWN_LIMIT: usize = 100;

/// The location of a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MistakeLocation {
    /// A file as a whole, by its name.
    File(String),
    /// A position in a file.
    Line {
        /// The file's name, as it was given.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// The section; empty before the first one.
        section: String,
        /// The key; empty where the mistake concerns the whole section.
        key: String,
    },
    /// A variable of the environment, by its name.
    Variable(String),
    /// A flag of the command line, like `--listen`.
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

/// One mistake in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMistake {
    /// The file, variable or flag that contains the mistake.
    pub location: MistakeLocation,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for ConfigMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.location, self.message)
    }
}

/// All mistakes in a configuration: those of the file in the order of its lines, then those of the environment, then
/// those of the flags.
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
