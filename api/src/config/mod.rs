//! The configuration: defaults in the binary, overridden by a file, then the environment, then flags.
//!
//! One module per section declares its keys; this module applies the sources. The mistakes of all sources are
//! collected, and loading fails if there is any.

mod access;
mod database;
mod dimensions;
mod documents;
mod environment;
mod file;
mod hooks;
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
pub use hooks::{HookMapConfig, HooksConfig};
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

use crate::auth::jwt::JwksOrigin;
use crate::limits::RequestLimits;

/// The default configuration file: every key with an explanation, commented out, so that it changes nothing.
pub const DEFAULT_FILE: &str = include_str!("default.toml");

/// All sections, in the order of the file.
const SECTIONS: [&str; 22] = [
    "database",
    "reporting",
    "server",
    "limits",
    "documents",
    "access",
    "access.jwt",
    "access.jwt.roles",
    "hooks",
    "hooks.map",
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

/// All settings of an operator, one field per section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The section `[database]`: the address of the database.
    pub database: DatabaseConfig,
    /// The section `[reporting]`: the time zone of days and weeks.
    pub reporting: ReportingConfig,
    /// The section `[server]`: address, timeouts and sizes.
    pub server: ServerConfig,
    /// The section `[limits]`: limits on requests and streams.
    pub limits: RequestLimits,
    /// The section `[documents]`: persisted queries.
    pub documents: DocumentsConfig,
    /// The section `[access]`: introspection, GraphiQL, sessions, and the identity provider.
    pub access: AccessConfig,
    /// The section `[hooks]`: the keys of survey tools that send responses, and how their fields are read.
    pub hooks: HooksConfig,
    /// The section `[log]`: format and filter of the log.
    pub log: LogConfig,
    /// The section `[dimensions]`: which attributes become dimensions.
    pub dimensions: DimensionsConfig,
    /// The section `[schedule]`: when runs and reports start.
    pub schedule: ScheduleConfig,
    /// The section `[reports]`: recipients of scheduled reports.
    pub reports: ReportsConfig,
}

/// The loaded configuration with the origin of each value.
#[derive(Clone, Debug, Default)]
pub struct EffectiveConfig {
    /// The values of all sources combined.
    pub config: Config,
    /// Warnings about unknown variables of the environment, one sentence each.
    pub warnings: Vec<String>,
    origins: BTreeMap<KeyName, ValueOrigin>,
}

impl Config {
    /// The settings of the API; `schedule` is the running scheduler, `None` where this process runs none.
    pub fn settings(&self, schedule: Option<jobs::schedule::ScheduleSettings>) -> crate::graphql::ApiSettings {
        crate::graphql::ApiSettings {
            limits: self.limits.clone(),
            attribute_limits: self.dimensions.limits,
            introspection: self.access.introspection,
            suggestions: self.access.suggestions,
            schedule,
            ..self.server.settings()
        }
    }

    /// The names of all keys in the order of the file, each with its environment variable.
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

    /// Conflicts between values that are valid on their own.
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
            "hooks" => &mut self.hooks,
            "hooks.map" => &mut self.hooks.map,
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
    /// Loads the configuration from the sources; the error contains all mistakes.
    pub fn load(sources: &ConfigSources) -> Result<Self, ConfigMistakes> {
        let mut effective = Self::default();
        let mut mistakes = match &sources.file {
            Some(path) => file::apply(path, &mut effective),
            None => Vec::new(),
        };
        mistakes.extend(environment::apply(sources, &mut effective));
        mistakes.extend(source::apply_flags(&sources.flags, &mut effective));
        if mistakes.is_empty() {
            mistakes = effective.conflict_mistakes();
        }
        if mistakes.is_empty() { Ok(effective) } else { Err(ConfigMistakes(mistakes)) }
    }

    /// Every key with its value in TOML, secrets redacted, and the origin of the value.
    pub fn values(&self) -> Vec<(KeyName, String, ValueOrigin)> {
        let mut config = self.config.clone();
        let mut value = |name: KeyName| config.section(name.section)?.show(name.key);
        let keys = Config::keys().into_iter();
        keys.filter_map(|(name, _)| Some((name, value(name)?, self.origin(name)))).collect()
    }

    /// Files that the configuration refers to and that cannot be read, with the location of the reference. Does not
    /// access the network.
    pub async fn unreadable(&self) -> Vec<ConfigMistake> {
        let jwt = &self.config.access.jwt;
        let origin = match jwt.settings() {
            Ok(Some(settings)) => settings.jwks,
            _ => return Vec::new(),
        };
        if matches!(origin, JwksOrigin::Url(_)) {
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

    fn conflict_mistakes(&self) -> Vec<ConfigMistake> {
        let conflicts = self.config.clone().conflicts();
        let placed = conflicts.into_iter().map(|conflict| {
            let location = conflict.keys.iter().find_map(|key| self.origin(*key).location(*key));
            ConfigMistake {
                location: location.unwrap_or(MistakeLocation::File("needle".to_owned())),
                message: conflict.message,
            }
        });
        placed.collect()
    }
}
