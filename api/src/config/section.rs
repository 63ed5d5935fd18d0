//! How a section declares its keys: once each, with functions that set and show the value.
//!
//! The sources of values (file, environment, flags) are in the modules that read them.

use super::value::RawConfigValue;

/// One key of the section `S`.
pub struct SectionKey<S> {
    /// The name in the file.
    pub name: &'static str,
    /// The environment variable; `None` for the regular `NEEDLE_<SECTION>_<KEY>`.
    pub variable: Option<&'static str>,
    pub(super) set: fn(&mut S, &RawConfigValue<'_>) -> Result<(), String>,
    pub(super) show: fn(&S) -> String,
}

impl<S> SectionKey<S> {
    /// A key with its functions: `set` stores a value in the section (its error states what was expected and what was
    /// found), `show` writes the value in TOML, secrets redacted.
    pub const fn new(
        name: &'static str,
        set: fn(&mut S, &RawConfigValue<'_>) -> Result<(), String>,
        show: fn(&S) -> String,
    ) -> Self {
        Self { name, variable: None, set, show }
    }

    /// The same for a key with a special environment variable.
    pub const fn with_variable(
        name: &'static str,
        variable: &'static str,
        set: fn(&mut S, &RawConfigValue<'_>) -> Result<(), String>,
        show: fn(&S) -> String,
    ) -> Self {
        Self { name, variable: Some(variable), set, show }
    }
}

/// A section of the configuration.
pub trait ConfigSection: Sized + 'static {
    /// All keys, in the order of the file.
    const KEYS: &'static [SectionKey<Self>];

    /// Conflicts between values of the section that are valid on their own.
    fn validate(&self) -> Vec<ConfigConflict> {
        Vec::new()
    }
}

/// A conflict between values that are valid on their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigConflict {
    /// The keys in conflict; the message is located at the first one that was set.
    pub keys: Vec<KeyName>,
    /// What was expected and what was found.
    pub message: String,
}

/// The name of a key with its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName {
    /// The section, like `schedule.weekly`.
    pub section: &'static str,
    /// The key, like `cron`.
    pub key: &'static str,
}

/// A section as a trait object, whose keys are accessed by name.
pub trait DynamicSection {
    /// The names of all keys, each with its environment variable where that is a special one.
    fn names(&self) -> Vec<(&'static str, Option<&'static str>)>;
    /// Sets a key; `None` when the section has no such key.
    fn set(&mut self, name: &str, raw: &RawConfigValue<'_>) -> Option<Result<(), String>>;
    /// The value of a key in TOML, secrets redacted; `None` when the section has no such key.
    fn show(&self, name: &str) -> Option<String>;
    /// Conflicts between values of the section that are valid on their own.
    fn conflicts(&self) -> Vec<ConfigConflict>;
}

impl<S: ConfigSection> DynamicSection for S {
    fn names(&self) -> Vec<(&'static str, Option<&'static str>)> {
        S::KEYS.iter().map(|key| (key.name, key.variable)).collect()
    }

    fn set(&mut self, name: &str, raw: &RawConfigValue<'_>) -> Option<Result<(), String>> {
        S::KEYS.iter().find(|key| key.name == name).map(|key| (key.set)(self, raw))
    }

    fn show(&self, name: &str) -> Option<String> {
        S::KEYS.iter().find(|key| key.name == name).map(|key| (key.show)(self))
    }

    fn conflicts(&self) -> Vec<ConfigConflict> {
        self.validate()
    }
}
