//! The environment: one variable for every key, `NEEDLE_<SECTION>_<KEY>` unless the key declares another name.
//!
//! An unknown variable with our prefix is a warning and not a mistake: orchestrators add such names of their own.

use super::log::check_filter;
use super::mistake::{ConfigMistake, MistakeLocation};
use super::nearest::nearest;
use super::section::KeyName;
use super::source::{ConfigSources, ValueOrigin};
use super::{Config, EffectiveConfig};

/// The prefix of all variables.
const PREFIX: &str = "NEEDLE_";

/// The variable with the path of the configuration file.
pub const FILE_VARIABLE: &str = "NEEDLE_CONFIG";

/// The conventional variable for log filters of Rust programs; it overrides `[log] filter`.
const LOG_VARIABLE: &str = "RUST_LOG";

/// Applies the variables of the environment, in the order of the keys, and returns the mistakes in them.
pub fn apply(sources: &ConfigSources, effective: &mut EffectiveConfig) -> Vec<ConfigMistake> {
    let keys = Config::keys();
    let mut mistakes = Vec::new();
    for (name, variable) in &keys {
        let Some((_, value)) = sources.environment.iter().find(|(found, _)| found.to_str() == Some(variable)) else {
            continue;
        };
        let origin = ValueOrigin::Variable(variable.clone());
        if let Some(text) = value.to_str() {
            mistakes.extend(effective.set_text(*name, text, origin));
        } else {
            let message = "expected a text in UTF-8, found other bytes".to_owned();
            mistakes.push(ConfigMistake { location: MistakeLocation::Variable(variable.clone()), message });
        }
    }
    take_log_filter(sources, effective);
    effective.warnings.extend(unknown(sources, &keys));
    mistakes
}

/// Warnings about variables with our prefix that no key has.
fn unknown(sources: &ConfigSources, keys: &[(KeyName, String)]) -> Vec<String> {
    let names = sources.environment.iter().filter_map(|(name, _)| name.to_str()?.strip_prefix(PREFIX));
    let is_known = |name: &str| keys.iter().any(|(_, variable)| variable[PREFIX.len()..] == *name);
    let mut unknown: Vec<&str> =
        names.filter(|name| !is_known(name) && FILE_VARIABLE[PREFIX.len()..] != **name).collect();
    unknown.sort_unstable();
    unknown.into_iter().map(|name| warning(name, keys)).collect()
}

fn warning(name: &str, keys: &[(KeyName, String)]) -> String {
    // A key with a special variable may have been set under its regular name.
    let regular = |key: &KeyName| format!("{}_{}", key.section, key.key).replace('.', "_").to_uppercase();
    let candidates = keys.iter().map(|(key, variable)| (regular(key), variable.clone()));
    let special = keys.iter().map(|(_, variable)| (variable[PREFIX.len()..].to_owned(), variable.clone()));
    let all: Vec<(String, String)> = candidates.chain(special).collect();
    let meant = nearest(name, all.iter().map(|(name, _)| name.as_str()));
    let meant = meant.and_then(|meant| all.iter().find(|(name, _)| name == meant));
    let meant = meant.map(|(_, variable)| format!(", did you mean {variable}?")).unwrap_or_default();
    format!("the environment variable {PREFIX}{name} is unknown and ignored{meant}")
}

fn take_log_filter(sources: &ConfigSources, effective: &mut EffectiveConfig) {
    let Some((_, value)) = sources.environment.iter().find(|(name, _)| name.to_str() == Some(LOG_VARIABLE)) else {
        return;
    };
    match value.to_str() {
        Some(text) if check_filter(text).is_ok() => {
            text.clone_into(&mut effective.config.log.filter);
            let name = KeyName { section: "log", key: "filter" };
            effective.origins.insert(name, ValueOrigin::Variable(LOG_VARIABLE.to_owned()));
        }
        _ => effective
            .warnings
            .push(format!("{LOG_VARIABLE} contains no directives like \"info,sqlx=warn\"; it is ignored")),
    }
}
