//! `[reporting]`: in which days and weeks scores are counted.

use chrono_tz::Tz;

use super::section::{ConfigSection, SectionKey};
use super::value::quoted;

/// In which days and weeks scores are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportingConfig {
    /// The reporting time zone; `None` is the one that the database has, and UTC for a new one.
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
