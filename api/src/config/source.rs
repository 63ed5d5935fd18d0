//! Where a configuration comes from, and where each of its values came from.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::mistake::{ConfigMistake, MistakeLocation};
use super::section::KeyName;
use super::value::RawConfigValue;
use super::{Config, DatabaseUrl, EffectiveConfig};

/// What is read, beside the defaults.
#[derive(Clone, Debug, Default)]
pub struct ConfigSources {
    /// The file; `None` reads none.
    pub file: Option<PathBuf>,
    /// The variables of the environment.
    pub environment: Vec<(OsString, OsString)>,
    /// What the command line says.
    pub flags: Vec<CommandFlag>,
}

/// One flag of the command line with its text. Shows itself without the password of a database.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandFlag {
    /// The flag, like `--listen`.
    pub name: &'static str,
    /// What it sets.
    pub sets: KeyName,
    /// The text behind it.
    pub text: String,
}

impl fmt::Debug for CommandFlag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.name, DatabaseUrl::from(self.text.as_str()))
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueOrigin {
    /// The binary.
    Default,
    /// A line of the file.
    File {
        /// The file's name, as it was given.
        file: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A variable of the environment.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl ValueOrigin {
    /// Where to look for a mistake in a value; `None` for a default.
    pub(super) fn location(self, name: KeyName) -> Option<MistakeLocation> {
        match self {
            Self::Default => None,
            Self::File { file, line, column } => Some(MistakeLocation::Line {
                file,
                line,
                column,
                section: name.section.to_owned(),
                key: name.key.to_owned(),
            }),
            Self::Variable(variable) => Some(MistakeLocation::Variable(variable)),
            Self::Flag(flag) => Some(MistakeLocation::Flag(flag)),
        }
    }
}

impl fmt::Display for ValueOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { file, line, .. } => write!(formatter, "{file}:{line}"),
            Self::Variable(variable) => formatter.write_str(variable),
            Self::Flag(flag) => formatter.write_str(flag),
        }
    }
}

impl EffectiveConfig {
    /// Sets one key; the error is the sentence of a wrong value, or `None` when there is no such key.
    pub(super) fn set(
        &mut self,
        name: KeyName,
        raw: &RawConfigValue<'_>,
        origin: ValueOrigin,
    ) -> Result<(), Option<String>> {
        let set = self.config.section(name.section).and_then(|fields| fields.set(name.key, raw));
        set.ok_or(None)?.map_err(Some)?;
        self.origins.insert(name, origin);
        Ok(())
    }

    /// Sets one key from a text; the mistake stands where the text came from.
    pub(super) fn set_text(&mut self, name: KeyName, text: &str, origin: ValueOrigin) -> Option<ConfigMistake> {
        let message = self.set(name, &RawConfigValue::Text(text), origin.clone()).err()?;
        let place = origin.location(name)?;
        Some(ConfigMistake { location: place, message: message.unwrap_or_else(|| "nothing reads this".to_owned()) })
    }
}

/// Sets what the command line says.
pub(super) fn apply_flags(flags: &[CommandFlag], effective: &mut EffectiveConfig) -> Vec<ConfigMistake> {
    let set = |flag: &CommandFlag| effective.set_text(flag.sets, &flag.text, ValueOrigin::Flag(flag.name));
    flags.iter().filter_map(set).collect()
}

/// A key by its section and name.
pub(super) fn key_name(section: &str, key: &str) -> Option<KeyName> {
    Config::keys().into_iter().map(|(name, _)| name).find(|name| name.section == section && name.key == key)
}
