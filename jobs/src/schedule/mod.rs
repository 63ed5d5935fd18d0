//! The schedule: what runs when, without anybody watching.
//!
//! The moments are computed here with IANA time zones; `tokio-cron-scheduler` only ticks, in UTC. Everything that
//! processes must agree on is in the database: which slots are written down, who has claimed which, under which fence.

mod expression;
mod field;
mod slot;
mod slot_outcome;
mod ticker;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use entity::slot::Job;
use entity::{StoreError, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::delivery::DeliveryChannels;

pub use expression::{CronExpression, CronExpressionError};
pub use slot_outcome::CatchUpPolicy;
pub use ticker::Ticker;
pub use worker::{ScheduleWorker, TimingsObserver};

/// What is scheduled, and when.
#[derive(Clone, Debug)]
pub struct JobSchedule {
    /// What.
    pub job: Job,
    /// When.
    pub expression: CronExpression,
    /// A missed slot older than this is not caught up.
    pub catch_up: Duration,
}

/// How the schedule works.
#[derive(Clone, Debug)]
pub struct ScheduleSettings {
    /// The jobs.
    pub schedules: Vec<JobSchedule>,
    /// A slot older than this was missed, not late.
    pub late_after: Duration,
    /// How often a slot is tried.
    pub attempts: u32,
    /// How long after the first attempt the second one follows; each later pause is twice as long, up to an hour.
    pub retry_after: Duration,
    /// Where reports go; `None` where they go nowhere.
    pub channels: Option<Arc<DeliveryChannels>>,
}

/// Why the schedule could not begin, or a tick could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ticker could not be started.
    #[error("the ticker of the schedule could not be started: {0}")]
    Ticker(#[from] tokio_cron_scheduler::JobSchedulerError),
}

impl ScheduleSettings {
    /// The moments of every job after this one, at most so many each.
    pub fn upcoming(&self, after: Timestamp, limit: usize) -> Vec<(&JobSchedule, Vec<Timestamp>)> {
        self.schedules.iter().map(|schedule| (schedule, schedule.expression.upcoming(after, limit))).collect()
    }

    /// How long after a failed attempt the next one follows.
    fn pause_after(&self, attempts: i32) -> Duration {
        const LONGEST: Duration = Duration::from_hours(1);
        let doublings = attempts.saturating_sub(1).clamp(0, 16).unsigned_abs();
        self.retry_after.saturating_mul(1 << doublings).min(LONGEST.max(self.retry_after))
    }

    /// The same for a delivery, and up to half as long again, so that many who failed together do not return together.
    /// What makes the difference is the name of the process and the slot.
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
    fn deliveries_that_fail_together_do_not_return_together_and_wait_as_long_as_they_are_asked_to() {
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
