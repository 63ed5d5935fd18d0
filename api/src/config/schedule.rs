//! `[schedule]` and its sections, one for each job: when scheduled runs and reports start.

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

/// When scheduled runs and reports start, and what happens when one fails or is late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleConfig {
    /// Whether any job starts on schedule.
    pub enabled: bool,
    /// The age in seconds up to which a slot that starts after its time is only late; an older one was missed.
    pub late_after_seconds: u64,
    /// How often a slot is attempted before it counts as failed.
    pub attempts: u32,
    /// The pause before the second attempt, in seconds; doubled with each attempt, up to an hour.
    pub retry_after_seconds: u64,
    /// The section `[schedule.weekly]`: the weekly run.
    pub weekly: JobScheduleConfig,
    /// The section `[schedule.daily]`: the daily run.
    pub daily: JobScheduleConfig,
    /// The section `[schedule.brief]`: the short report of every morning.
    pub brief: JobScheduleConfig,
    /// The section `[schedule.report]`: the weekly report.
    pub report: JobScheduleConfig,
    /// The section `[schedule.friday]`: the short report on Fridays.
    pub friday: JobScheduleConfig,
}

/// The schedule of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobScheduleConfig {
    /// Whether this job starts on schedule.
    pub enabled: bool,
    /// The times of the slots, as a cron expression with five fields.
    pub cron: String,
    /// The time zone of the expression; `None` means the reporting time zone.
    pub zone: Option<Tz>,
    /// The age in hours up to which a missed slot is made up for; an older one is only recorded.
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
    /// The settings of the scheduler. Expressions without a zone are in the `reporting` time zone. Reports are
    /// scheduled only when there are delivery channels.
    pub fn settings(
        &self,
        channels: Option<Arc<DeliveryChannels>>,
        reporting: Tz,
        now: Timestamp,
    ) -> Result<schedule::ScheduleSettings, CronExpressionError> {
        let has_channels = channels.is_some();
        let is_active = |job: Job, slots: &JobScheduleConfig| slots.enabled && (form_of(job).is_none() || has_channels);
        let enabled_jobs = self.jobs().into_iter().filter(|(_, job, slots)| self.enabled && is_active(*job, slots));
        let plan = |(_, job, slots): (&str, Job, &JobScheduleConfig)| {
            let expression = CronExpression::parse(&slots.cron, slots.zone.unwrap_or(reporting))?;
            expression.check_happens(now)?;
            let follows_reporting_zone = slots.zone.is_none();
            let catch_up = Duration::from_hours(slots.catch_up_hours);
            Ok(JobSchedule { job, expression, follows_reporting_zone, catch_up })
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

    /// A slot must not become too old to be made up for before it counts as missed.
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

/// Fails when a text is no cron expression, or one that never happens.
fn check_cron(text: &str) -> Result<(), CronExpressionError> {
    CronExpression::parse(text, Tz::UTC)?.check_happens(system_clock().now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cron_expression_must_be_valid_and_happen() {
        assert_eq!(cron(&RawConfigValue::Text("0 5 * * MON")), Ok("0 5 * * MON".to_owned()));
        let message = cron(&RawConfigValue::Text("every monday")).expect_err("no expression");
        assert!(message.contains("found the text \"every monday\"") && message.ends_with("found 2"), "{message}");
        let never = cron(&RawConfigValue::Text("0 5 30 2 *")).expect_err("no such day");
        assert!(never.contains("never happens"), "{never}");
    }

    #[test]
    fn a_catch_up_time_shorter_than_the_late_time_is_a_conflict() {
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
