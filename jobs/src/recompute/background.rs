//! The runs in the background of this process, and their shutdown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::watch::{RunMonitor, StopReason};

/// How long a run that was requested to stop may take to record its end.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// All background runs of one process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct BackgroundRuns(Arc<Mutex<RunningRuns>>);

#[derive(Debug, Default)]
struct RunningRuns {
    runs: Vec<(RunMonitor, JoinHandle<()>)>,
    is_closed: bool,
}

impl BackgroundRuns {
    /// Spawns a run in the background. Returns false, and starts nothing, when the process is shutting down.
    pub fn spawn(&self, monitor: RunMonitor, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut running = self.running();
        if running.is_closed {
            return false;
        }
        running.runs.retain(|(_, run)| !run.is_finished());
        running.runs.push((monitor, tokio::spawn(work)));
        true
    }

    /// How many runs are in progress.
    pub fn at_work(&self) -> usize {
        self.running().runs.iter().filter(|(_, run)| !run.is_finished()).count()
    }

    /// True once the process is shutting down: then nothing more is started.
    pub fn is_closed(&self) -> bool {
        self.running().is_closed
    }

    /// Starts nothing more and waits for the runs in progress; those that are not done within `timeout` are requested
    /// to stop.
    pub async fn drain(&self, timeout: Duration) {
        let runs = {
            let mut running = self.running();
            running.is_closed = true;
            std::mem::take(&mut running.runs)
        };
        let deadline = tokio::time::Instant::now() + timeout;
        for (monitor, mut run) in runs {
            if tokio::time::timeout_at(deadline, &mut run).await.is_ok() {
                continue;
            }
            monitor.stop(StopReason::ShuttingDown);
            if tokio::time::timeout(STOP_TIMEOUT, &mut run).await.is_err() {
                tracing::warn!("a run did not stop in time: its lease will expire");
                run.abort();
            }
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, RunningRuns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
