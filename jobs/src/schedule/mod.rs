//! The schedule: which jobs run when, without supervision.
//!
//! Slots are computed here with IANA time zones; `tokio-cron-scheduler` only ticks, in UTC. Everything that processes
//! must agree on is in the database: which slots are recorded, and which process has claimed each, under which fence.

mod clock_guard;
mod expression;
mod field;
mod slot;
mod slot_outcome;
mod ticker;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use entity::StoreError;
use entity::slot::Job;
use sha2::{Digest as _, Sha256};

use crate::delivery::DeliveryChannels;

pub use expression::{CronExpression, CronExpressionError};
pub use slot_outcome::CatchUpPolicy;
pub use ticker::Ticker;
pub use worker::{ScheduleWorker, TimingsObserver};

/// A job and when it is due.
#[derive(Clone, Debug)]
pub struct JobSchedule {
    /// The job: a run or a report.
    pub job: Job,
    /// When it is due, in the time zone of the schedule.
    pub expression: CronExpression,
    /// True when the schedule has no time zone of its own and follows the reporting time zone.
    pub follows_reporting_zone: bool,
    /// A missed slot older than this is not caught up.
    pub catch_up: Duration,
}

/// The settings of the schedule, the same for all processes of a database.
#[derive(Clone, Debug)]
pub struct ScheduleSettings {
    /// One schedule per job.
    pub schedules: Vec<JobSchedule>,
    /// A slot that no process claimed within this time counts as missed, not as late.
    pub late_after: Duration,
    /// How many attempts a slot has.
    pub attempts: u32,
    /// The pause between the first attempt and the second one; each later pause is twice as long, up to an hour.
    pub retry_after: Duration,
    /// Where reports are sent; `None` when none is configured.
    pub channels: Option<Arc<DeliveryChannels>>,
}

/// Why the schedule could not be started, or a tick failed.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// A database statement failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ticker could not be created or started.
    #[error("the ticker of the schedule could not be started: {0}")]
    Ticker(#[from] tokio_cron_scheduler::JobSchedulerError),
}

impl JobSchedule {
    fn in_zone(&self, reporting: Tz) -> Self {
        let schedule = self.clone();
        if !self.follows_reporting_zone {
            return schedule;
        }
        Self { expression: schedule.expression.in_zone(reporting), ..schedule }
    }
}

impl ScheduleSettings {
    /// The schedules while this is the reporting time zone.
    pub fn in_zone(&self, reporting: Tz) -> Vec<JobSchedule> {
        self.schedules.iter().map(|schedule| schedule.in_zone(reporting)).collect()
    }

    /// The pause after a failed attempt; `attempts` counts those made so far.
    fn pause_after(&self, attempts: i32) -> Duration {
        const LONGEST: Duration = Duration::from_hours(1);
        let doublings = attempts.saturating_sub(1).clamp(0, 16).unsigned_abs();
        self.retry_after.saturating_mul(1 << doublings).min(LONGEST.max(self.retry_after))
    }

    /// The pause after a failed delivery: up to half as long again, so that processes whose deliveries failed at the
    /// same time do not retry at the same time. The addition is a hash of `who`, the name of the process and the slot.
    fn delivery_pause_after(&self, attempts: i32, requested: Option<Duration>, who: &str) -> Duration {
        let pause = self.pause_after(attempts).max(requested.unwrap_or_default());
        let byte = Sha256::digest(format!("{who} {attempts}").as_bytes())[0];
        pause + pause.mul_f64(f64::from(byte) / 512.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_that_fail_together_retry_at_different_times_and_wait_as_long_as_requested() {
        let settings = ScheduleSettings {
            schedules: Vec::new(),
            late_after: Duration::from_mins(5),
            attempts: 4,
            retry_after: Duration::from_mins(1),
            channels: None,
        };
        let pause = |attempts: i32, requested: Option<u64>, who: &str| {
            settings.delivery_pause_after(attempts, requested.map(Duration::from_secs), who)
        };
        for attempts in 1..6 {
            let least = settings.pause_after(attempts);
            let pauses: Vec<Duration> = (0..20).map(|who| pause(attempts, None, &who.to_string())).collect();
            assert!(pauses.iter().all(|pause| (least..=least.mul_f64(1.5)).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
        assert!(pause(1, Some(900), "one") >= Duration::from_mins(15));
    }
}
