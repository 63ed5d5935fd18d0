//! What a section declares: its keys, each once, with how it is set and shown.
//!
//! Where values come from (a file, the environment, flags) is left to the modules that read them.

use super::value::RawConfigValue;

/// One key of a section.
pub struct SectionKey<S> {
    /// Its name in the file.
    pub name: &'static str,
    /// Its variable in the environment, where that is not `NEEDLE_<SECTION>_<KEY>`.
    pub variable: Option<&'static str>,
    set: fn(&mut S, &RawConfigValue<'_>) -> Result<(), String>,
    show: fn(&S) -> String,
}

impl<S> SectionKey<S> {
    /// A key, how a value is put into its section (the error says what was expected and what was found), and how it is
    /// written in a file, secrets redacted.
    pub const fn new(
        name: &'static str,
        set: fn(&mut S, &RawConfigValue<'_>) -> Result<(), String>,
        show: fn(&S) -> String,
    ) -> Self {
        Self { name, variable: None, set, show }
    }

    /// The same, for a key that is called differently in the environment.
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

    /// What no key alone can tell: values that contradict each other.
    fn validate(&self) -> Vec<ConfigConflict> {
        Vec::new()
    }
}

/// Values that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigConflict {
    /// The keys that take part, each with its section; the first that somebody set is blamed.
    pub keys: Vec<KeyName>,
    /// What was expected and what was found.
    pub message: String,
}

/// A key with its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName {
    /// The section, like `schedule.weekly`.
    pub section: &'static str,
    /// The key, like `cron`.
    pub key: &'static str,
}

/// A section whose type does not matter: its keys go by their names.
pub trait DynamicSection {
    /// The names of all keys, each with its variable where that is a special one.
    fn names(&self) -> Vec<(&'static str, Option<&'static str>)>;
    /// Sets a key; `None` when there is none of this name.
    fn set(&mut self, name: &str, raw: &RawConfigValue<'_>) -> Option<Result<(), String>>;
    /// The value of a key as it is written in a file, secrets redacted; `None` when there is none of this name.
    fn show(&self, name: &str) -> Option<String>;
    /// Values that contradict each other.
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
