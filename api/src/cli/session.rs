//! What all commands share: the options common to all, the log, the clock and the open database.

use std::io::IsTerminal;
use std::time::Duration;

use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use entity::slot::Job;
use entity::{Calendar, Database, Timestamp, store};
use jobs::clock::Clock;
use jobs::import::Target;
use jobs::recompute::Workplace;
use jobs::schedule::{self, Expression};
use tracing_subscriber::EnvFilter;

use super::failure::Failure;

/// Options common to all commands.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The database: `sqlite://FILE?mode=rwc` or `postgres://USER@HOST/NAME`.
    #[arg(
        long,
        global = true,
        env = "NEEDLE_DATABASE_URL",
        default_value = "sqlite://needle.db?mode=rwc",
        hide_env_values = true
    )]
    pub database_url: String,
    /// The reporting time zone, an IANA name, set when the database is made [default: UTC].
    #[arg(long, global = true, env = "NEEDLE_TIME_ZONE")]
    pub time_zone: Option<Tz>,
    /// How logs are written to standard error.
    #[arg(long, global = true, env = "NEEDLE_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// An open, migrated database with its calendar and a clock.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where runs work.
    pub workplace: Workplace,
}

impl Session {
    /// Opens the database, migrates it and reads its time zone.
    pub async fn open(common: &Common) -> Result<Self, Failure> {
        let database = connect(&common.database_url).await?;
        let calendar = store::setting::calendar(database.writer(), common.time_zone).await?;
        Ok(Self::new(database, calendar, system_clock()))
    }

    /// A session over what is open already.
    pub fn new(database: Database, calendar: Calendar, clock: Clock) -> Self {
        Self { workplace: Workplace { database, calendar, clock } }
    }

    /// What runs by itself under `serve`.
    pub fn schedule(&self) -> Result<schedule::Settings, Failure> {
        let zone = self.workplace.calendar.zone;
        let plan = |job, text: &str, catch_up| {
            let expression = Expression::parse(text, zone).map_err(|error| Failure::Said(error.to_string()))?;
            expression.check_happens(self.workplace.clock.now()).map_err(|error| Failure::Said(error.to_string()))?;
            Ok::<_, Failure>(schedule::Plan { job, expression, catch_up })
        };
        Ok(schedule::Settings {
            plans: vec![
                plan(Job::Weekly, "0 5 * * MON", Duration::from_hours(144))?,
                plan(Job::Daily, "0 6 * * *", Duration::from_hours(20))?,
            ],
            late_after: Duration::from_mins(5),
            attempts: 4,
            retry_after: Duration::from_mins(1),
        })
    }

    /// Where imports go.
    pub fn target(&self) -> Target {
        let Workplace { database, calendar, clock } = &self.workplace;
        Target {
            database: database.clone(),
            calendar: *calendar,
            now: clock.now(),
            values_limit: store::dimension::VALUES_LIMIT,
        }
    }
}

/// Opens a database and applies the migrations it lacks.
pub async fn connect(url: &str) -> Result<Database, Failure> {
    let database = Database::connect(url).await?;
    migration::up(database.writer()).await.map_err(entity::StoreError::from)?;
    Ok(database)
}

/// The clock of the machine: the one place that asks for it.
#[expect(clippy::disallowed_methods, reason = "the clock that everything else is handed")]
pub fn system_clock() -> Clock {
    Clock::new(|| Timestamp::from(chrono::Utc::now()))
}

/// Sends logs to standard error; `RUST_LOG` chooses which.
pub fn start_logging(format: LogFormat) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => log.json().init(),
    }
}
