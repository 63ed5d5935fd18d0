//! The publisher: holds the publishing lease and does one run after another, each from its turn to its end.

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

/// A finished run.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// The run.
    pub run: RunRow,
    /// How long its stages took.
    pub seconds: RunTimings,
}

/// Whoever may publish now.
pub struct Publisher {
    workplace: RunContext,
    lease: PublishingLease,
    memory: RunCache,
}

impl Publisher {
    /// Waits until nobody else publishes, unless the watch says to stop.
    pub async fn wait(workplace: &RunContext, watch: &RunMonitor) -> Result<Self, RecomputeError> {
        let lease = PublishingLease::take(workplace, watch).await?;
        Ok(Self { workplace: workplace.clone(), lease, memory: RunCache::default() })
    }

    /// Claims a run and does it. Under an idempotency key that was used before, answers with that run and does nothing.
    pub async fn run(&mut self, request: &RunRequest) -> Result<RunOutcome, RunError> {
        let RunClaim { run, is_new } = claim(&self.workplace, request, Some(self.lease.fence())).await?;
        if !is_new {
            return Ok(RunOutcome { run, seconds: RunTimings::default() });
        }
        let watch = RunMonitor::default();
        let _following = watch.spawn_progress_task(&self.workplace, run.id);
        Ok(log::within(&run, self.execute(run.id, &watch)).await?)
    }

    /// Does a claimed run. A run that fails is marked so, with the reason.
    pub async fn execute(&mut self, id: RunId, watch: &RunMonitor) -> Result<RunOutcome, RecomputeError> {
        let worked = AssertUnwindSafe(self.work(id, watch)).catch_unwind().await;
        match worked.unwrap_or_else(|panic| Err(RecomputeError::Panicked(last_words(panic.as_ref())))) {
            Ok(seconds) => {
                let outcome = RunOutcome { run: self.workplace.run(id).await?, seconds };
                log::ended(&outcome);
                Ok(outcome)
            }
            Err(error) => Err(mark_ended(&self.workplace, id, watch, error).await),
        }
    }

    /// Takes the run's turn, works and publishes.
    async fn work(&mut self, id: RunId, watch: &RunMonitor) -> Result<RunTimings, RecomputeError> {
        let Self { workplace, lease, memory } = self;
        let now = workplace.clock.now();
        let waited_too_long = now.minus(lease::WAIT_TIMEOUT);
        store::run::start_under_fence(workplace.database.writer(), id, lease.fence(), waited_too_long, now).await?;
        let run = workplace.run(id).await?;
        work(workplace, lease, &run, watch, memory).await
    }

    /// Lets others publish.
    pub async fn release(self) {
        self.lease.release().await;
    }
}

/// What a panic said: a text that stands in the source holds no data, one that was put together may.
fn last_words(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&'static str>().copied();
    message.unwrap_or("what it said is left out: it may hold data").to_owned()
}

/// Marks a run that ended without success; the error comes back.
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
        tracing::error!(error = %second, run = id.0, "the end of a run could not be written down");
    }
    error
}
