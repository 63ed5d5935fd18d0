//! `[reporting]`: the time zone of the days and weeks that scores are counted in.

use chrono_tz::Tz;

use super::section::{ConfigSection, SectionKey};
use super::value::quoted;

/// The time zone of the days and weeks that scores are counted in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportingConfig {
    /// The reporting time zone; `None` means the one stored in the database, and UTC for a new database.
    pub time_zone: Option<Tz>,
}

impl ConfigSection for ReportingConfig {
    const KEYS: &'static [SectionKey<Self>] = &[SectionKey::with_variable(
        "time_zone",
        "NEEDLE_TIME_ZONE",
        |reporting, raw| raw.zone().map(|zone| reporting.time_zone = zone),
        |reporting| quoted(reporting.time_zone.map_or("", |zone| zone.name())),
    )];
}
