//! The publisher: holds the publishing lease and does one run after another, each from its start to its publication.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use entity::run::{Model as RunRow, RunId};
use entity::store;
use entity::store::run::RunTimings;
use futures_util::FutureExt;

use super::claim::{RunClaim, RunRequest, claim};
use super::lease::{self, PublishingLease};
use super::watch::RunMonitor;
use super::work::{RunCache, work};
use super::{RecomputeError, RunContext, RunError, log};

/// The outcome of a run that succeeded.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// The row of the run after its end.
    pub run: RunRow,
    /// How long its stages took; zeros when an earlier request did the run.
    pub seconds: RunTimings,
}

/// The holder of the publishing lease, with what it may reuse between runs.
pub struct Publisher {
    context: RunContext,
    lease: PublishingLease,
    cache: RunCache,
}

impl Publisher {
    /// Waits until no other process publishes. Fails when the monitor requests a stop, or after the lease's timeout.
    pub async fn wait(context: &RunContext, monitor: &RunMonitor) -> Result<Self, RecomputeError> {
        let lease = PublishingLease::take(context, monitor).await?;
        Ok(Self { context: context.clone(), lease, cache: RunCache::default() })
    }

    /// Claims a run and does it. Under an idempotency key that was used before, returns that run and does nothing.
    pub async fn run(&mut self, request: &RunRequest) -> Result<RunOutcome, RunError> {
        let RunClaim { run, is_new } = claim(&self.context, request, Some(self.lease.fence())).await?;
        if !is_new {
            return Ok(RunOutcome { run, seconds: RunTimings::default() });
        }
        let monitor = RunMonitor::default();
        let _progress_task = monitor.spawn_progress_task(&self.context, run.id);
        Ok(log::within(&run, self.execute(run.id, &monitor)).await?)
    }

    /// Does a claimed run. A run that fails is marked as failed, with the reason; a panic counts as a failure.
    pub async fn execute(&mut self, id: RunId, monitor: &RunMonitor) -> Result<RunOutcome, RecomputeError> {
        let worked = AssertUnwindSafe(self.work(id, monitor)).catch_unwind().await;
        match worked.unwrap_or_else(|panic| Err(RecomputeError::Panicked(panic_message(panic.as_ref())))) {
            Ok(seconds) => {
                let outcome = RunOutcome { run: self.context.run(id).await?, seconds };
                log::ended(&outcome);
                Ok(outcome)
            }
            Err(error) => Err(mark_ended(&self.context, id, monitor, error).await),
        }
    }

    /// Starts the run under the fence of the lease, works and publishes.
    async fn work(&mut self, id: RunId, monitor: &RunMonitor) -> Result<RunTimings, RecomputeError> {
        let Self { context, lease, cache } = self;
        let context = &context.with_stored_calendar().await?;
        let now = context.clock.now();
        let waited_too_long = now.minus(lease::WAIT_TIMEOUT);
        store::run::start_under_fence(context.database.writer(), id, lease.fence(), waited_too_long, now).await?;
        let run = context.run(id).await?;
        work(context, lease, &run, monitor, cache).await
    }

    /// Releases the lease, so that other processes can publish.
    pub async fn release(self) {
        self.lease.release().await;
    }
}

/// The message of a panic where it is a literal of the source; a formatted message is left out, as it may contain data.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&'static str>().copied();
    message.unwrap_or("its message is left out because it may contain data").to_owned()
}

/// Marks a run that ended without success, and returns the error.
pub async fn mark_ended(
    context: &RunContext,
    id: RunId,
    monitor: &RunMonitor,
    error: RecomputeError,
) -> RecomputeError {
    let (now, writer, (stage, share)) = (context.clock.now(), context.database.writer(), monitor.progress());
    let written = store::run::write_progress(writer, id, stage, share).await;
    let marked = store::run::end(writer, id, error.state(), &error.to_string(), now).await;
    if let Err(second) = written.and(marked) {
        tracing::error!(error = %second, run = id.0, "the end of a run could not be recorded");
    }
    error
}
