//! The schedule: which slots are done, by whom, and how often.

mod expression;
mod outage;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono_tz::Tz;
use entity::run::Model as RunRow;
use entity::slot::{Job, Model as SlotRow, SlotState};
use entity::store::page::Page;
use entity::{Calendar, Database, Timestamp, store};
use jobs::clock::Clock;
use jobs::recompute::{Background, Workplace};
use jobs::schedule::{Expression, Plan, Settings, Worker};
use needle_tests::{TestDatabase, moment};

/// A clock that is moved by hand, shared by everybody who holds it.
#[derive(Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    pub fn at(text: &str) -> Self {
        Self(Arc::new(AtomicI64::new(moment(text).0)))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Acquire))
    }

    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).expect("a short while"), Ordering::AcqRel);
    }

    fn set(&self, text: &str) {
        self.0.store(moment(text).0, Ordering::Release);
    }

    fn clock(&self) -> Clock {
        let manual = self.clone();
        Clock::new(move || manual.now())
    }
}

fn workplace(database: Database, manual: &Hand) -> Workplace {
    Workplace { database, calendar: Calendar { zone: Tz::UTC }, clock: manual.clock() }
}

pub fn plan(job: Job, expression: &str, zone: Tz, catch_up: Duration) -> Plan {
    Plan { job, expression: Expression::parse(expression, zone).expect(expression), catch_up }
}

/// The defaults of the product, in Berlin.
fn defaults() -> Settings {
    Settings {
        plans: vec![
            plan(Job::Weekly, "0 5 * * MON", Tz::Europe__Berlin, Duration::from_hours(144)),
            plan(Job::Daily, "0 6 * * *", Tz::Europe__Berlin, Duration::from_hours(20)),
        ],
        late_after: Duration::from_mins(5),
        attempts: 3,
        retry_after: Duration::from_mins(1),
        channels: None,
    }
}

/// Only a refresh, every minute.
fn every_minute() -> Settings {
    let plans = vec![plan(Job::Daily, "* * * * *", Tz::UTC, Duration::from_hours(20))];
    Settings { plans, ..defaults() }
}

/// A worker with a connection of its own, and what it does in the background.
pub struct Process {
    pub worker: Worker,
    pub background: Background,
}

impl Process {
    pub async fn start(test: &TestDatabase, manual: &Hand, settings: &Settings) -> Self {
        let background = Background::default();
        let context = workplace(test.connect().await, manual);
        let worker =
            Worker::begin(context, settings.clone(), background.clone(), Box::new(|_| ())).await.expect("a worker");
        Self { worker, background }
    }

    /// One tick, and the end of what it started.
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
    let page = Page { limit: 1_000, ..Page::default() };
    let mut runs = store::run::list(test.database.reader(), &page).await.expect("runs").rows;
    runs.reverse();
    runs
}
