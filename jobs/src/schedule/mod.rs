//! The schedule: what runs when, without anybody watching.
//!
//! The moments are computed here with IANA time zones; `tokio-cron-scheduler` only ticks, in UTC. Everything that
//! processes must agree on is in the database: which slots are written down, who has claimed which, under which fence.

mod account;
mod expression;
mod field;
mod ticker;
mod worker;

use std::time::Duration;

use entity::slot::Job;
use entity::{StoreError, Timestamp};

pub use account::Patience;
pub use expression::{Expression, ExpressionError};
pub use ticker::Ticker;
pub use worker::{Ended, Worker};

/// What is scheduled, and when.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What.
    pub job: Job,
    /// When.
    pub expression: Expression,
    /// A missed slot older than this is not caught up.
    pub catch_up: Duration,
}

/// How the schedule works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The jobs.
    pub plans: Vec<Plan>,
    /// A slot older than this was missed, not late.
    pub late_after: Duration,
    /// How often a slot is tried.
    pub attempts: u32,
    /// How long after the first attempt the second one follows; each later pause is twice as long, up to an hour.
    pub retry_after: Duration,
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

impl Settings {
    /// The moments of every job after this one, at most so many each.
    pub fn upcoming(&self, after: Timestamp, limit: usize) -> Vec<(&Plan, Vec<Timestamp>)> {
        self.plans.iter().map(|plan| (plan, plan.expression.upcoming(after, limit))).collect()
    }

    /// How long after a failed attempt the next one follows.
    fn pause_after(&self, attempts: i32) -> Duration {
        const LONGEST: Duration = Duration::from_hours(1);
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default().min(16);
        self.retry_after.saturating_mul(1 << doublings).min(LONGEST.max(self.retry_after))
    }
}
