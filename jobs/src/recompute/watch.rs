//! The monitor of a run: its progress while it works, and requests to stop it.
//!
//! The run stores its progress in shared atomics; a separate task writes them to the database at intervals, so that
//! clients can query the progress, and reads from the database whether cancellation was requested.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use entity::Timestamp;
use entity::run::{RunId, RunStage};
use entity::store;
use entity::store::slot::SlotClaim;
use tokio::task::JoinHandle;

use super::{RecomputeError, RunContext};

/// How often progress is written to the database; a run that ends sooner writes none.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// How often a run is renewed, so that no other process takes it for one that nobody works on.
const RENEWAL: Duration = Duration::from_secs(10);

/// Progress is stored in parts per thousand.
const PROGRESS_PARTS: u64 = 1_000;

const STAGES: [RunStage; 5] = [RunStage::Wait, RunStage::Count, RunStage::Score, RunStage::Review, RunStage::Publish];

/// Why a run should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StopReason {
    /// Its cancellation was requested.
    Cancelled = 1,
    /// Its process is shutting down.
    ShuttingDown = 2,
    /// Another process claimed its slot.
    LostSlot = 3,
}

/// The monitor of one run. Clones share its state.
#[derive(Clone, Debug, Default)]
pub struct RunMonitor(Arc<MonitorState>);

#[derive(Debug, Default)]
struct MonitorState {
    slot: Option<SlotClaim>,
    /// The index of the stage in [`STAGES`].
    stage: AtomicUsize,
    done: AtomicU64,
    stop: AtomicU8,
}

impl RunMonitor {
    /// The monitor of a run that belongs to a slot, or to none.
    pub fn of_slot(slot: Option<SlotClaim>) -> Self {
        Self(Arc::new(MonitorState { slot, ..MonitorState::default() }))
    }

    /// The claim on the slot that the run belongs to; `None` for a run without a slot.
    pub fn slot(&self) -> Option<SlotClaim> {
        self.0.slot
    }

    /// Requests the run to stop at its next check. The first reason is kept.
    pub fn stop(&self, why: StopReason) {
        let _ = self.0.stop.compare_exchange(0, why as u8, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Records that a stage begins; an error when the run should stop.
    pub fn enter(&self, stage: RunStage) -> Result<(), RecomputeError> {
        let index = STAGES.iter().position(|listed| *listed == stage).expect("every stage is listed");
        self.0.stage.store(index, Ordering::Release);
        self.advance(0, 1)
    }

    /// Records that `done` of `of` parts of the stage are done; an error when the run should stop.
    pub fn advance(&self, done: usize, of: usize) -> Result<(), RecomputeError> {
        let (done, of) = (done as u64, (of as u64).max(1));
        self.0.done.store(done.min(of).saturating_mul(PROGRESS_PARTS) / of, Ordering::Release);
        self.check()
    }

    /// An error when the run should stop.
    pub fn check(&self) -> Result<(), RecomputeError> {
        match self.0.stop.load(Ordering::Acquire) {
            0 => Ok(()),
            stop if stop == StopReason::Cancelled as u8 => Err(RecomputeError::Cancelled),
            stop if stop == StopReason::LostSlot as u8 => Err(RecomputeError::LostSlot),
            _ => Err(RecomputeError::ShuttingDown),
        }
    }

    /// The present stage, and the share of it that is done, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
    pub fn progress(&self) -> (RunStage, f64) {
        let stage = STAGES[self.0.stage.load(Ordering::Acquire)];
        (stage, self.0.done.load(Ordering::Acquire) as f64 / PROGRESS_PARTS as f64)
    }

    /// Writes progress to the database and reads cancellation requests from it, until the returned task is dropped.
    pub(super) fn spawn_progress_task(&self, context: &RunContext, run: RunId) -> ProgressTask {
        let (monitor, database, context) = (self.clone(), context.database.clone(), context.clone());
        ProgressTask(tokio::spawn(async move {
            let (mut written, mut renewed_at) = (None, None::<Timestamp>);
            loop {
                tokio::time::sleep(PROGRESS_INTERVAL).await;
                let now = monitor.progress();
                let cancel_requested = if written == Some(now) {
                    store::run::is_cancel_requested(database.reader(), run).await
                } else {
                    store::run::write_progress(database.writer(), run, now.0, now.1).await
                };
                let time = context.clock.now();
                if renewed_at.is_none_or(|renewed_at| time.since(renewed_at) >= RENEWAL || time < renewed_at) {
                    match store::run::renew(database.keeper(), run, time).await {
                        Ok(()) => renewed_at = Some(time),
                        Err(error) => tracing::warn!(%error, run = run.0, "a run could not be renewed"),
                    }
                }
                match cancel_requested {
                    Ok(true) => monitor.stop(StopReason::Cancelled),
                    Ok(false) => written = Some(now),
                    Err(error) => tracing::warn!(%error, run = run.0, "the progress of a run could not be written"),
                }
            }
        }))
    }
}

/// The task that writes progress; it is aborted when this is dropped.
#[derive(Debug)]
pub(super) struct ProgressTask(JoinHandle<()>);

impl Drop for ProgressTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_reported_by_stage_and_share() {
        let monitor = RunMonitor::default();
        assert_eq!(monitor.progress(), (RunStage::Wait, 0.0));
        monitor.enter(RunStage::Review).expect("goes on");
        monitor.advance(3, 12).expect("goes on");
        assert_eq!(monitor.progress(), (RunStage::Review, 0.25));
        monitor.enter(RunStage::Publish).expect("goes on");
        assert_eq!(monitor.progress(), (RunStage::Publish, 0.0));
    }

    #[test]
    fn a_run_that_is_to_stop_stops_for_the_first_reason() {
        let monitor = RunMonitor::default();
        monitor.stop(StopReason::ShuttingDown);
        monitor.stop(StopReason::Cancelled);
        assert!(matches!(monitor.advance(1, 2), Err(RecomputeError::ShuttingDown)));
        assert!(matches!(monitor.enter(RunStage::Publish), Err(RecomputeError::ShuttingDown)));
    }
}
