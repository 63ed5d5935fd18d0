//! What all commands share: common options, logging, the clock and the open database.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use clap::Args;
use entity::{Calendar, Database, store};
use jobs::clock::Clock;
use jobs::recompute::RunContext;
use jobs::schedule::{self, CronExpressionError};
use needle_rules::dimension::AttributeLimits;
use needle_rules::target::WriteContext;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::error::CommandError;
use crate::clock::system_clock;
use crate::config::{
    CommandFlag, Config, ConfigSources, DatabaseUrl, EffectiveConfig, FILE_VARIABLE, KeyName, LogConfig, LogFormat,
};

/// Options common to all commands. An absent option comes from the environment, else from the file, else from the
/// defaults.
#[derive(Clone, Debug, Args)]
pub struct CommonOptions {
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "The configuration file; `needle config print` makes one [env: NEEDLE_CONFIG] [default: none is read]"
    )]
    config: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        help = "The database: `sqlite://FILE?mode=rwc` or `postgres://USER@HOST/NAME` [env: NEEDLE_DATABASE_URL] \
                [default: sqlite://needle.db?mode=rwc]"
    )]
    database_url: Option<DatabaseUrl>,
    #[arg(
        long,
        global = true,
        help = "The reporting time zone, an IANA name, set when the database is made [env: NEEDLE_TIME_ZONE] \
                [default: UTC]"
    )]
    time_zone: Option<String>,
    #[arg(
        long,
        global = true,
        help = "How logs are written to standard error: `text` or `json` [env: NEEDLE_LOG_FORMAT] [default: text]"
    )]
    log_format: Option<String>,
}

impl CommonOptions {
    /// The sources of the configuration; `more` are the command's own flags. Fails when `NEEDLE_CONFIG` is empty.
    pub fn sources(&self, more: Vec<CommandFlag>) -> Result<ConfigSources, CommandError> {
        let environment: Vec<_> = std::env::vars_os().collect();
        let named = environment.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| value);
        if self.config.is_none() && named.is_some_and(|name| name.is_empty()) {
            return Err(CommandError::Usage(format!(
                "{FILE_VARIABLE}: expected the name of a file, found an empty text"
            )));
        }
        let file = self.config.clone().or_else(|| named.map(PathBuf::from));
        let flags = [
            flag("--database-url", "database", "url", self.database_url.as_ref().map(DatabaseUrl::reveal)),
            flag("--time-zone", "reporting", "time_zone", self.time_zone.as_deref()),
            flag("--log-format", "log", "format", self.log_format.as_deref()),
        ];
        Ok(ConfigSources { file, environment, flags: flags.into_iter().flatten().chain(more).collect() })
    }
}

/// A flag with the configuration key that it sets; `None` when the flag is absent.
pub fn flag(name: &'static str, section: &'static str, key: &'static str, text: Option<&str>) -> Option<CommandFlag> {
    text.map(|text| CommandFlag { name, sets: KeyName { section, key }, text: text.to_owned() })
}

/// An open, migrated database with its calendar and a clock.
#[derive(Clone, Debug)]
pub struct CommandContext {
    /// Database, calendar and clock, as jobs take them.
    pub job_context: RunContext,
    /// How many attributes and values there may be.
    attribute_limits: AttributeLimits,
}

impl CommandContext {
    /// Opens the database, migrates it and reads its time zone.
    pub async fn open(config: &Config) -> Result<Self, CommandError> {
        let database = connect(config.database.url.reveal()).await?;
        let calendar = store::setting::calendar(database.writer(), config.reporting.time_zone).await?;
        Ok(Self::new(database, calendar, system_clock(), config))
    }

    /// A context over an open database.
    pub fn new(database: Database, calendar: Calendar, clock: Clock, config: &Config) -> Self {
        Self {
            job_context: RunContext { database, calendar: calendar.into(), clock },
            attribute_limits: config.dimensions.limits,
        }
    }

    /// The schedule of `serve`. Jobs without a configured time zone use the reporting time zone.
    pub fn schedule(&self, config: &Config) -> Result<schedule::ScheduleSettings, CommandError> {
        let expression_failure = |error: CronExpressionError| CommandError::Message(error.to_string());
        let channels = config.reports.channels(config.server.suppress_below).map(Arc::new);
        let (zone, now) = (self.job_context.calendar.get().zone, self.job_context.clock.now());
        config.schedule.settings(channels, zone, now).map_err(expression_failure)
    }

    /// The context that imports write with.
    pub fn target(&self) -> WriteContext {
        let RunContext { database, calendar, clock } = &self.job_context;
        WriteContext {
            database: database.clone(),
            calendar: calendar.get(),
            now: clock.now(),
            attribute_limits: self.attribute_limits,
            signature: None,
            import: None,
        }
    }
}

/// Opens a database and applies the migrations it lacks.
pub async fn connect(url: &str) -> Result<Database, CommandError> {
    let database = open(url).await?;
    migration::up(database.writer()).await.map_err(entity::StoreError::from)?;
    Ok(database)
}

/// Opens a database as it is. [`close`] closes it when the command has ended.
pub async fn open(url: &str) -> Result<Database, CommandError> {
    let database = Database::connect(url).await?;
    OPENED.store(Some(Arc::new(database.clone())));
    if database.is_alone() {
        tracing::warn!("the disk of the database is full: no other process can open it while this one is running");
    }
    Ok(database)
}

/// The database that the command of this process has opened.
static OPENED: ArcSwapOption<Database> = ArcSwapOption::const_empty();

/// How long connections that are still in use are waited for.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Closes what [`open`] has opened. The last process that closes a file of SQLite moves its log into it: whoever copies
/// the file alone has everything.
pub async fn close() {
    let Some(opened) = OPENED.swap(None) else { return };
    match tokio::time::timeout(CLOSE_TIMEOUT, Database::clone(&opened).close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the database could not be closed"),
        Err(_) => tracing::debug!("the database is still in use: its connections end with the process"),
    }
}

/// Sends logs to standard error.
pub fn start_logging(settings: &LogConfig) {
    let events = tracing_subscriber::registry().with(EnvFilter::new(&settings.filter)).with(filter_fn(holds_no_secret));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => {
            events.with(layer.with_ansi(std::io::stderr().is_terminal()).with_target(false)).init();
        }
        LogFormat::Json => events.with(layer.json()).init(),
    }
}

/// False for spans and events that may hold the URL of the database with its password, whatever the filter says: the
/// drivers repeat the URL in the span of a connect and in warnings about its parameters.
fn holds_no_secret(metadata: &tracing::Metadata<'_>) -> bool {
    let connects = metadata.is_span() && metadata.name() == "connect" && metadata.target().starts_with("sea_orm");
    !connects && !metadata.target().starts_with("sqlx_postgres::options")
}

/// Starts logging, and logs the warnings of the configuration, such as environment variables that are ignored.
pub fn warn(effective: &EffectiveConfig) {
    start_logging(&effective.config.log);
    for warning in &effective.warnings {
        tracing::warn!("{warning}");
    }
}
