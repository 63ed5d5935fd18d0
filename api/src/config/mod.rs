//! The configuration: the defaults of the binary, then a file, then the environment, then flags, the later winning.
//!
//! One module per section declares its keys; the sources are read here. Nothing is half configured: every mistake of
//! every source is collected, and with a single one there is no configuration.

mod access;
mod database;
mod dimensions;
mod documents;
mod environment;
mod file;
mod jwt;
mod limits;
mod log;
mod mistake;
mod nearest;
mod outline;
mod reporting;
mod reports;
mod schedule;
mod section;
mod server;
mod source;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;

pub use access::AccessConfig;
pub use database::{DatabaseConfig, DatabaseUrl};
pub use dimensions::DimensionsConfig;
pub use documents::DocumentsConfig;
pub use environment::FILE_VARIABLE;
pub use jwt::{JwtConfig, JwtRolesConfig};
pub use log::{LogConfig, LogFormat};
pub use mistake::{ConfigMistake, ConfigMistakes, MistakeLocation};
pub use reporting::ReportingConfig;
pub use reports::{EmailReportsConfig, FolderReportsConfig, ReportsConfig, WebhookReportsConfig};
pub use schedule::{JobScheduleConfig, ScheduleConfig};
pub use section::KeyName;
use section::{ConfigConflict, DynamicSection};
pub use server::ServerConfig;
pub use source::{CommandFlag, ConfigSources, ValueOrigin};

use crate::auth::jwt::JwksOrigin as KeysOrigin;
use crate::limits::RequestLimits;

/// A file with every key, explained and commented out: it changes nothing.
pub const DEFAULT_FILE: &str = include_str!("default.toml");

/// All sections, in the order of the file.
const SECTIONS: [&str; 20] = [
    "database",
    "reporting",
    "server",
    "limits",
    "documents",
    "access",
    "access.jwt",
    "access.jwt.roles",
    "log",
    "dimensions",
    "schedule",
    "schedule.weekly",
    "schedule.daily",
    "schedule.brief",
    "schedule.report",
    "schedule.friday",
    "reports",
    "reports.email",
    "reports.webhook",
    "reports.folder",
];

/// Everything an operator may set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Where everything is stored.
    pub database: DatabaseConfig,
    /// In which days and weeks scores are counted.
    pub reporting: ReportingConfig,
    /// Where the API is served, how long it may take and how much it takes in.
    pub server: ServerConfig,
    /// What one request may ask for.
    pub limits: RequestLimits,
    /// Which documents clients may name, and whether they may send others.
    pub documents: DocumentsConfig,
    /// What may be learned of the API itself, and how people come in.
    pub access: AccessConfig,
    /// Which events are logged, and how.
    pub log: LogConfig,
    /// Which attributes can be sliced by.
    pub dimensions: DimensionsConfig,
    /// When runs and reports start by themselves.
    pub schedule: ScheduleConfig,
    /// Where scheduled reports go.
    pub reports: ReportsConfig,
}

/// The configuration with where each value came from.
#[derive(Clone, Debug, Default)]
pub struct EffectiveConfig {
    /// The values.
    pub config: Config,
    /// What the environment holds that nobody reads, one sentence each.
    pub warnings: Vec<String>,
    origins: BTreeMap<KeyName, ValueOrigin>,
}

impl Config {
    /// What the API works by, with a schedule where one runs.
    pub fn settings(&self, schedule: Option<jobs::schedule::ScheduleSettings>) -> crate::graphql::ApiSettings {
        crate::graphql::ApiSettings {
            limits: self.limits.clone(),
            values_limit: self.dimensions.values_limit,
            introspection: self.access.introspection,
            suggestions: self.access.suggestions,
            schedule,
            ..self.server.settings()
        }
    }

    /// The names of all keys, in the order of the file, each with its variable in the environment.
    pub fn keys() -> Vec<(KeyName, String)> {
        let mut config = Self::default();
        let mut keys = Vec::new();
        for section in SECTIONS {
            for (key, variable) in config.section(section).map(|fields| fields.names()).unwrap_or_default() {
                let regular = || format!("NEEDLE_{section}_{key}").replace('.', "_").to_uppercase();
                keys.push((KeyName { section, key }, variable.map_or_else(regular, str::to_owned)));
            }
        }
        keys
    }

    /// What contradicts itself in values that are each right.
    fn conflicts(&mut self) -> Vec<ConfigConflict> {
        SECTIONS.iter().filter_map(|section| self.section(section).map(|fields| fields.conflicts())).flatten().collect()
    }

    fn section(&mut self, name: &str) -> Option<&mut dyn DynamicSection> {
        Some(match name {
            "database" => &mut self.database,
            "reporting" => &mut self.reporting,
            "server" => &mut self.server,
            "limits" => &mut self.limits,
            "documents" => &mut self.documents,
            "access" => &mut self.access,
            "access.jwt" => &mut self.access.jwt,
            "access.jwt.roles" => &mut self.access.jwt.roles,
            "log" => &mut self.log,
            "dimensions" => &mut self.dimensions,
            "schedule" => &mut self.schedule,
            "schedule.weekly" => &mut self.schedule.weekly,
            "schedule.daily" => &mut self.schedule.daily,
            "schedule.brief" => &mut self.schedule.brief,
            "schedule.report" => &mut self.schedule.report,
            "schedule.friday" => &mut self.schedule.friday,
            "reports" => &mut self.reports,
            "reports.email" => &mut self.reports.email,
            "reports.webhook" => &mut self.reports.webhook,
            "reports.folder" => &mut self.reports.folder,
            _ => return None,
        })
    }
}

impl EffectiveConfig {
    /// The configuration that the sources make together, or every mistake in them.
    pub fn load(sources: &ConfigSources) -> Result<Self, ConfigMistakes> {
        let mut effective = Self::default();
        let mut mistakes = match &sources.file {
            Some(path) => file::apply(path, &mut effective),
            None => Vec::new(),
        };
        mistakes.extend(environment::apply(sources, &mut effective));
        mistakes.extend(source::apply_flags(&sources.flags, &mut effective));
        if mistakes.is_empty() {
            mistakes = effective.contradictions();
        }
        if mistakes.is_empty() { Ok(effective) } else { Err(ConfigMistakes(mistakes)) }
    }

    /// Every key with its value as a file writes it, secrets redacted, and where it came from.
    pub fn values(&self) -> Vec<(KeyName, String, ValueOrigin)> {
        let mut config = self.config.clone();
        let mut value = |name: KeyName| config.section(name.section)?.show(name.key);
        let keys = Config::keys().into_iter();
        keys.filter_map(|(name, _)| Some((name, value(name)?, self.origin(name)))).collect()
    }

    /// What the configuration names and nobody can read, with the place where it is named. Asks nothing of the network.
    pub async fn unreadable(&self) -> Vec<ConfigMistake> {
        let jwt = &self.config.access.jwt;
        let origin = match jwt.settings() {
            Ok(Some(settings)) => settings.jwks,
            _ => return Vec::new(),
        };
        if matches!(origin, KeysOrigin::Url(_)) {
            return Vec::new();
        }
        let message = match origin.read().await {
            Err(error) => error.to_string(),
            Ok(keys) if keys.count(&jwt.algorithms) == 0 => {
                let names: Vec<&str> = jwt.algorithms.iter().map(|algorithm| algorithm.name()).collect();
                format!("expected a key for {} in {origin}, found none", names.join(" or "))
            }
            Ok(_) => return Vec::new(),
        };
        let key = KeyName { section: "access.jwt", key: "jwks" };
        let location = self.origin(key).location(key).unwrap_or(MistakeLocation::File("needle".to_owned()));
        vec![ConfigMistake { location, message }]
    }

    fn origin(&self, name: KeyName) -> ValueOrigin {
        self.origins.get(&name).cloned().unwrap_or(ValueOrigin::Default)
    }

    fn contradictions(&self) -> Vec<ConfigMistake> {
        let conflicts = self.config.clone().conflicts();
        let placed = conflicts.into_iter().map(|conflict| {
            let place = conflict.keys.iter().find_map(|key| self.origin(*key).location(*key));
            ConfigMistake {
                location: place.unwrap_or(MistakeLocation::File("needle".to_owned())),
                message: conflict.message,
            }
        });
        placed.collect()
    }
}
