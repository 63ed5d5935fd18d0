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

pub use access::Access;
pub use database::{Database, DatabaseUrl};
pub use dimensions::Dimensions;
pub use documents::Documents;
pub use environment::FILE_VARIABLE;
pub use jwt::{Jwt, JwtRoles};
pub use log::{Log, LogFormat};
pub use mistake::{Mistake, Mistakes, Place};
pub use reporting::Reporting;
pub use reports::{EmailReports, FolderReports, Reports, WebhookReports};
pub use schedule::{Schedule, Slots};
pub use section::KeyName;
use section::{Conflict, Fields};
pub use server::Server;
pub use source::{Flag, Origin, Sources};

use crate::auth::jwt::Origin as KeysOrigin;
use crate::limits::Limits;

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
    pub database: Database,
    /// In which days and weeks scores are counted.
    pub reporting: Reporting,
    /// Where the API is served, how long it may take and how much it takes in.
    pub server: Server,
    /// What one request may ask for.
    pub limits: Limits,
    /// Which documents clients may name, and whether they may send others.
    pub documents: Documents,
    /// What may be learned of the API itself, and how people come in.
    pub access: Access,
    /// Which events are logged, and how.
    pub log: Log,
    /// Which attributes can be sliced by.
    pub dimensions: Dimensions,
    /// When runs and reports start by themselves.
    pub schedule: Schedule,
    /// Where scheduled reports go.
    pub reports: Reports,
}

/// The configuration with where each value came from.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    /// The values.
    pub config: Config,
    /// What the environment holds that nobody reads, one sentence each.
    pub warnings: Vec<String>,
    origins: BTreeMap<KeyName, Origin>,
}

impl Config {
    /// What the API works by, with a schedule where one runs.
    pub fn settings(&self, schedule: Option<jobs::schedule::Settings>) -> crate::graphql::Settings {
        crate::graphql::Settings {
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
    fn conflicts(&mut self) -> Vec<Conflict> {
        SECTIONS.iter().filter_map(|section| self.section(section).map(|fields| fields.conflicts())).flatten().collect()
    }

    fn section(&mut self, name: &str) -> Option<&mut dyn Fields> {
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

impl Effective {
    /// The configuration that the sources make together, or every mistake in them.
    pub fn load(sources: &Sources) -> Result<Self, Mistakes> {
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
        if mistakes.is_empty() { Ok(effective) } else { Err(Mistakes(mistakes)) }
    }

    /// Every key with its value as a file writes it, secrets redacted, and where it came from.
    pub fn values(&self) -> Vec<(KeyName, String, Origin)> {
        let mut config = self.config.clone();
        let mut value = |name: KeyName| config.section(name.section)?.show(name.key);
        let keys = Config::keys().into_iter();
        keys.filter_map(|(name, _)| Some((name, value(name)?, self.origin(name)))).collect()
    }

    /// What the configuration names and nobody can read, with the place where it is named. Asks nothing of the network.
    pub async fn unreadable(&self) -> Vec<Mistake> {
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
        let place = self.origin(key).place(key).unwrap_or(Place::File("needle".to_owned()));
        vec![Mistake { place, message }]
    }

    fn origin(&self, name: KeyName) -> Origin {
        self.origins.get(&name).cloned().unwrap_or(Origin::Default)
    }

    fn contradictions(&self) -> Vec<Mistake> {
        let conflicts = self.config.clone().conflicts();
        let placed = conflicts.into_iter().map(|conflict| {
            let place = conflict.keys.iter().find_map(|key| self.origin(*key).place(*key));
            Mistake { place: place.unwrap_or(Place::File("needle".to_owned())), message: conflict.message }
        });
        placed.collect()
    }
}
