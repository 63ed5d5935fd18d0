//! The sources of a configuration, and the origin of each value.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::mistake::{ConfigMistake, MistakeLocation};
use super::section::KeyName;
use super::value::RawConfigValue;
use super::{Config, DatabaseUrl, EffectiveConfig};

/// The sources that override the defaults.
#[derive(Clone, Debug, Default)]
pub struct ConfigSources {
    /// The path of the configuration file; `None` for no file.
    pub file: Option<PathBuf>,
    /// All variables of the environment, also unrelated ones.
    pub environment: Vec<(OsString, OsString)>,
    /// The flags of the command line that set keys.
    pub flags: Vec<CommandFlag>,
}

/// A flag of the command line that sets a key. `Debug` omits the password of a database.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandFlag {
    /// The flag, like `--listen`.
    pub name: &'static str,
    /// The key that it sets.
    pub sets: KeyName,
    /// The value as it was typed.
    pub text: String,
}

impl fmt::Debug for CommandFlag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.name, DatabaseUrl::from(self.text.as_str()))
    }
}

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueOrigin {
    /// The default in the binary.
    Default,
    /// A position in the configuration file.
    File {
        /// The file's name, as it was given.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
    },
    /// A variable of the environment, by its name.
    Variable(String),
    /// A flag of the command line, like `--listen`.
    Flag(&'static str),
}

impl ValueOrigin {
    /// The location of a mistake in a value of this origin; `None` for a default.
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
    /// Sets one key; the error is the message about an invalid value, or `None` when there is no such key.
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

    /// Sets one key from text; the mistake is located at the origin of the text.
    pub(super) fn set_text(&mut self, name: KeyName, text: &str, origin: ValueOrigin) -> Option<ConfigMistake> {
        let message = self.set(name, &RawConfigValue::Text(text), origin.clone()).err()?;
        let location = origin.location(name)?;
        Some(ConfigMistake { location, message: message.unwrap_or_else(|| "unknown key".to_owned()) })
    }
}

/// Applies the flags of the command line and returns the mistakes in them.
pub(super) fn apply_flags(flags: &[CommandFlag], effective: &mut EffectiveConfig) -> Vec<ConfigMistake> {
    let set = |flag: &CommandFlag| effective.set_text(flag.sets, &flag.text, ValueOrigin::Flag(flag.name));
    flags.iter().filter_map(set).collect()
}

/// The declared key with this section and name; `None` when there is none.
pub(super) fn key_name(section: &str, key: &str) -> Option<KeyName> {
    Config::keys().into_iter().map(|(name, _)| name).find(|name| name.section == section && name.key == key)
}
