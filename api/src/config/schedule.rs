//! `[schedule]` and its sections, one for each job: when runs and reports start by themselves.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use entity::Timestamp;
use entity::slot::Job;
use jobs::delivery::{DeliveryChannels, form_of};
use jobs::schedule::{self, CronExpression, CronExpressionError, JobSchedule};

use super::section::{ConfigConflict, ConfigSection, KeyName, SectionKey};
use super::value::{RawConfigValue, quoted};
use crate::clock::system_clock;

/// When runs start by themselves, and what happens when one fails or comes late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleConfig {
    /// Whether any run starts by itself.
    pub enabled: bool,
    /// A slot that is older than this was missed, in seconds; a younger one is only late.
    pub late_after_seconds: u64,
    /// How often a slot is tried.
    pub attempts: u32,
    /// How long to wait before the second attempt, in seconds; doubled with each attempt, up to an hour.
    pub retry_after_seconds: u64,
    /// The weekly run.
    pub weekly: JobScheduleConfig,
    /// The daily run.
    pub daily: JobScheduleConfig,
    /// The short report of a morning.
    pub brief: JobScheduleConfig,
    /// The weekly report.
    pub report: JobScheduleConfig,
    /// The short report of a Friday.
    pub friday: JobScheduleConfig,
}

/// The slots of one kind of run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobScheduleConfig {
    /// Whether this run starts by itself.
    pub enabled: bool,
    /// When, as a cron expression.
    pub cron: String,
    /// In which time zone the expression is read; `None` is the reporting time zone.
    pub zone: Option<Tz>,
    /// A missed slot that is older than this is only recorded, in hours.
    pub catch_up_hours: u64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        let slots = |cron: &str, catch_up_hours| JobScheduleConfig {
            enabled: true,
            cron: cron.to_owned(),
            zone: None,
            catch_up_hours,
        };
        Self {
            enabled: true,
            late_after_seconds: 300,
            attempts: 4,
            retry_after_seconds: 60,
            weekly: slots("0 5 * * MON", 144),
            daily: slots("0 6 * * *", 20),
            brief: slots("0 7 * * *", 4),
            report: slots("30 7 * * MON", 12),
            friday: slots("0 14 * * FRI", 12),
        }
    }
}

impl ScheduleConfig {
    /// What is scheduled, with expressions read in the reporting time zone where none is named. Reports are only where
    /// they go somewhere.
    pub fn settings(
        &self,
        channels: Option<Arc<DeliveryChannels>>,
        reporting: Tz,
        now: Timestamp,
    ) -> Result<schedule::ScheduleSettings, CronExpressionError> {
        let has_channels = channels.is_some();
        let is_wanted = |job: Job, slots: &JobScheduleConfig| slots.enabled && (form_of(job).is_none() || has_channels);
        let enabled_jobs = self.jobs().into_iter().filter(|(_, job, slots)| self.enabled && is_wanted(*job, slots));
        let plan = |(_, job, slots): (&str, Job, &JobScheduleConfig)| {
            let expression = CronExpression::parse(&slots.cron, slots.zone.unwrap_or(reporting))?;
            expression.check_happens(now)?;
            Ok(JobSchedule { job, expression, catch_up: Duration::from_hours(slots.catch_up_hours) })
        };
        Ok(schedule::ScheduleSettings {
            schedules: enabled_jobs.map(plan).collect::<Result<_, _>>()?,
            late_after: Duration::from_secs(self.late_after_seconds),
            attempts: self.attempts,
            retry_after: Duration::from_secs(self.retry_after_seconds),
            channels,
        })
    }

    /// Every job with its section, in the order of the file.
    fn jobs(&self) -> [(&'static str, Job, &JobScheduleConfig); 5] {
        [
            ("schedule.weekly", Job::Weekly, &self.weekly),
            ("schedule.daily", Job::Daily, &self.daily),
            ("schedule.brief", Job::Brief, &self.brief),
            ("schedule.report", Job::Report, &self.report),
            ("schedule.friday", Job::Friday, &self.friday),
        ]
    }
}

impl ConfigSection for ScheduleConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "enabled",
            |schedule, raw| raw.flag().map(|enabled| schedule.enabled = enabled),
            |schedule| schedule.enabled.to_string(),
        ),
        SectionKey::new(
            "late_after_seconds",
            |schedule, raw| {
                raw.whole_number(1..=86_400, "seconds").map(|seconds| schedule.late_after_seconds = seconds)
            },
            |schedule| schedule.late_after_seconds.to_string(),
        ),
        SectionKey::new(
            "attempts",
            |schedule, raw| raw.whole_number(1..=100, "attempts").map(|attempts| schedule.attempts = attempts),
            |schedule| schedule.attempts.to_string(),
        ),
        SectionKey::new(
            "retry_after_seconds",
            |schedule, raw| {
                raw.whole_number(1..=3_600, "seconds").map(|seconds| schedule.retry_after_seconds = seconds)
            },
            |schedule| schedule.retry_after_seconds.to_string(),
        ),
    ];

    /// A slot must not be too old to be caught up with before it even counts as missed.
    fn validate(&self) -> Vec<ConfigConflict> {
        let late = self.late_after_seconds;
        let too_short =
            self.jobs().into_iter().filter(|(_, _, slots)| (1..late).contains(&(slots.catch_up_hours * 3_600)));
        let conflict = |(section, _, slots): (&'static str, Job, &JobScheduleConfig)| ConfigConflict {
            keys: vec![
                KeyName { section, key: "catch_up_hours" },
                KeyName { section: "schedule", key: "late_after_seconds" },
            ],
            message: format!(
                "expected [{section}] catch_up_hours to be 0 or no shorter than late_after_seconds, found {} hours and \
                 {late} seconds",
                slots.catch_up_hours
            ),
        };
        too_short.map(conflict).collect()
    }
}

impl ConfigSection for JobScheduleConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "enabled",
            |slots, raw| raw.flag().map(|enabled| slots.enabled = enabled),
            |slots| slots.enabled.to_string(),
        ),
        SectionKey::new("cron", |slots, raw| cron(raw).map(|cron| slots.cron = cron), |slots| quoted(&slots.cron)),
        SectionKey::new(
            "zone",
            |slots, raw| raw.zone().map(|zone| slots.zone = zone),
            |slots| quoted(slots.zone.map_or("", |zone| zone.name())),
        ),
        SectionKey::new(
            "catch_up_hours",
            |slots, raw| raw.whole_number(0..=8_760, "hours").map(|hours| slots.catch_up_hours = hours),
            |slots| slots.catch_up_hours.to_string(),
        ),
    ];
}

fn cron(raw: &RawConfigValue<'_>) -> Result<String, String> {
    const EXPECTED: &str = "a cron expression, like \"0 5 * * MON\"";
    let text = raw.text(EXPECTED)?;
    match check_cron(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(CronExpressionError::Invalid { reason, .. }) => Err(format!("{}: {reason}", raw.mismatch(EXPECTED))),
        Err(never) => Err(never.to_string()),
    }
}

/// Why a text is no cron expression, or one of a moment that never comes.
fn check_cron(text: &str) -> Result<(), CronExpressionError> {
    CronExpression::parse(text, Tz::UTC)?.check_happens(system_clock().now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cron_expression_is_one_and_happens() {
        assert_eq!(cron(&RawConfigValue::Text("0 5 * * MON")), Ok("0 5 * * MON".to_owned()));
        let message = cron(&RawConfigValue::Text("every monday")).expect_err("no expression");
        assert!(message.contains("found the text \"every monday\"") && message.ends_with("found 2"), "{message}");
        let never = cron(&RawConfigValue::Text("0 5 30 2 *")).expect_err("no such day");
        assert!(never.contains("never happens"), "{never}");
    }

    #[test]
    fn a_slot_that_counts_as_late_longer_than_it_is_caught_up_with_is_a_conflict() {
        let mut schedule = ScheduleConfig::default();
        assert_eq!(schedule.validate(), []);
        schedule.late_after_seconds = 7_200;
        schedule.daily.catch_up_hours = 1;
        let conflicts = schedule.validate();
        assert_eq!(conflicts.len(), 1);
        assert!(conflicts[0].message.starts_with("expected [schedule.daily] catch_up_hours"), "{conflicts:?}");
        schedule.daily.catch_up_hours = 0;
        assert_eq!(schedule.validate(), []);
    }
}
