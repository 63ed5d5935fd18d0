//! The recompute: one run, from its claim to its publication.
//!
//! A run counts the stale weeks in the database, packs them into blocks, scores every segment, reviews the decisions
//! and publishes all of it in one transaction under the lease that only one publisher holds at a time.

mod background;
mod claim;
pub(crate) mod count;
mod derive;
mod error;
mod future;
pub(crate) mod lease;
mod log;
mod orphan;
mod prepared;
pub(crate) mod process;
mod publish;
mod publisher;
mod replay;
mod time_zone;
mod watch;
mod work;

use entity::run::{Model as RunRow, RunId};
use entity::{Database, StoreError, store};

pub use background::BackgroundRuns;
pub use claim::{RunClaim, RunRequest, claim};
pub use entity::store::run::RunTimings;
pub use error::{RecomputeError, RunError};
pub use log::within;
pub use orphan::take_up;
pub use process::name as process_name;
pub use publisher::RunOutcome;
pub use replay::replay;
pub use time_zone::change_time_zone;
pub use watch::{RunMonitor, StopReason};

use self::publisher::{Publisher, mark_ended};
use crate::calendar::SharedCalendar;
use crate::clock::Clock;

/// What runs work with. Clones share the database and the clock.
#[derive(Clone, Debug)]
pub struct RunContext {
    /// The database that runs read and publish to.
    pub database: Database,
    /// The reporting calendar, by whose time zone days begin.
    pub calendar: SharedCalendar,
    /// The source of the current time.
    pub clock: Clock,
}

impl RunContext {
    /// The same with the calendar that the database has now, which stays as it is from here on.
    async fn with_stored_calendar(&self) -> Result<Self, StoreError> {
        self.calendar.refresh(&self.database).await?;
        Ok(Self { calendar: self.calendar.get().into(), ..self.clone() })
    }

    /// The row of a run.
    async fn run(&self, id: RunId) -> Result<RunRow, StoreError> {
        let mut found = store::run::by_ids(self.database.writer(), &[id]).await?;
        found.remove(&id).ok_or_else(|| StoreError::MissingRow { table: "run", id: id.0 })
    }
}

/// Waits for the publishing lease, then claims and does a run, and returns its outcome.
///
/// Under an idempotency key that was used before, returns that run and does nothing.
pub async fn run(context: &RunContext, request: &RunRequest) -> Result<RunOutcome, RunError> {
    let mut publisher = Publisher::wait(context, &RunMonitor::default()).await?;
    let outcome = publisher.run(request).await;
    publisher.release().await;
    outcome
}

/// Does a run that was claimed before: waits for the publishing lease, works and publishes. A run that fails is marked
/// as failed, with the reason.
///
/// Call it [`within`] the run, so that every line of the log has its id.
pub async fn execute(context: &RunContext, id: RunId, monitor: &RunMonitor) -> Result<RunOutcome, RecomputeError> {
    let _progress_task = monitor.spawn_progress_task(context, id);
    let mut publisher = match Publisher::wait(context, monitor).await {
        Ok(publisher) => publisher,
        Err(error) => return Err(mark_ended(context, id, monitor, error).await),
    };
    let outcome = publisher.execute(id, monitor).await;
    publisher.release().await;
    outcome
}
