//! The schedule: which slots are processed, by whom, and how often.

mod expression;
mod orphan;
mod outage;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono_tz::Tz;
use entity::run::Model as RunRow;
use entity::slot::{Job, Model as SlotRow, SlotState};
use entity::store::page::PageRequest;
use entity::{Calendar, Database, Timestamp, store};
use jobs::clock::Clock;
use jobs::recompute::{BackgroundRuns, RunContext};
use jobs::schedule::{CronExpression, JobSchedule, ScheduleSettings, ScheduleWorker};
use needle_tests::{TestDatabase, timestamp};

/// A manual clock: it shows the same time to all its clones until the test sets it.
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    pub fn at(text: &str) -> Self {
        Self(Arc::new(AtomicI64::new(timestamp(text).0)))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Acquire))
    }

    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).expect("a short while"), Ordering::AcqRel);
    }

    fn set(&self, text: &str) {
        self.0.store(timestamp(text).0, Ordering::Release);
    }

    fn clock(&self) -> Clock {
        let manual = self.clone();
        Clock::new(move || manual.now())
    }
}

fn run_context(database: Database, manual: &ManualClock) -> RunContext {
    RunContext { database, calendar: Calendar { zone: Tz::UTC }.into(), clock: manual.clock() }
}

pub fn job_schedule(job: Job, expression: &str, zone: Tz, catch_up: Duration) -> JobSchedule {
    let expression = CronExpression::parse(expression, zone).expect(expression);
    JobSchedule { job, expression, follows_reporting_zone: false, catch_up }
}

/// The product's default schedules, in the time zone of Berlin.
fn defaults() -> ScheduleSettings {
    ScheduleSettings {
        schedules: vec![
            job_schedule(Job::Weekly, "0 5 * * MON", Tz::Europe__Berlin, Duration::from_hours(144)),
            job_schedule(Job::Daily, "0 6 * * *", Tz::Europe__Berlin, Duration::from_hours(20)),
        ],
        late_after: Duration::from_mins(5),
        attempts: 3,
        retry_after: Duration::from_mins(1),
        channels: None,
    }
}

/// The refresh only, every minute.
fn every_minute() -> ScheduleSettings {
    let plans = vec![job_schedule(Job::Daily, "* * * * *", Tz::UTC, Duration::from_hours(20))];
    ScheduleSettings { schedules: plans, ..defaults() }
}

/// A worker with a separate connection and its background tasks.
pub struct WorkerProcess {
    pub worker: ScheduleWorker,
    pub background: BackgroundRuns,
}

impl WorkerProcess {
    pub async fn start(test: &TestDatabase, manual: &ManualClock, settings: &ScheduleSettings) -> Self {
        let background = BackgroundRuns::default();
        let context = run_context(test.connect().await, manual);
        let worker = ScheduleWorker::begin(context, settings.clone(), background.clone(), Box::new(|_| ()))
            .await
            .expect("a worker");
        Self { worker, background }
    }

    /// Ticks once and waits for the tasks that the tick started.
    pub async fn tick(&self) {
        self.worker.tick().await.expect("a tick");
        while self.background.at_work() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The slots of a job, oldest first.
pub async fn slots(test: &TestDatabase, job: Job) -> Vec<SlotRow> {
    let mut slots = store::slot::newest(test.database.reader(), job, 10_000).await.expect("slots");
    slots.reverse();
    slots
}

/// The slots of a job as local time and state.
async fn states(test: &TestDatabase, job: Job, zone: Tz) -> Vec<(String, SlotState)> {
    let local = |slot: &SlotRow| slot.slot.to_utc().with_timezone(&zone).format("%F %R").to_string();
    slots(test, job).await.iter().map(|slot| (local(slot), slot.state)).collect()
}

/// All runs, oldest first.
async fn runs(test: &TestDatabase) -> Vec<RunRow> {
    let page = PageRequest { limit: 1_000, ..PageRequest::default() };
    let mut runs = store::run::list(test.database.reader(), &page).await.expect("runs").rows;
    runs.reverse();
    runs
}
