//! The runs that work in the background of this process, and their orderly end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::watch::{Stop, Watch};

/// How long a run that was told to stop may take to write that down.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// All background runs of one process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Background(Arc<Mutex<Crew>>);

#[derive(Debug, Default)]
struct Crew {
    runs: Vec<(Watch, JoinHandle<()>)>,
    is_closed: bool,
}

impl Background {
    /// Lets a run work in the background. Returns false when the process is about to end: then nothing is started.
    pub fn spawn(&self, monitor: Watch, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut running = self.crew();
        if running.is_closed {
            return false;
        }
        running.runs.retain(|(_, run)| !run.is_finished());
        running.runs.push((monitor, tokio::spawn(work)));
        true
    }

    /// How many runs are at work.
    pub fn at_work(&self) -> usize {
        self.crew().runs.iter().filter(|(_, run)| !run.is_finished()).count()
    }

    /// True once the process is about to end: then nothing more is started.
    pub fn is_closed(&self) -> bool {
        self.crew().is_closed
    }

    /// Starts nothing more and waits for the runs at work; those that are not done in time are told to stop.
    pub async fn drain(&self, timeout: Duration) {
        let runs = {
            let mut running = self.crew();
            running.is_closed = true;
            std::mem::take(&mut running.runs)
        };
        let deadline = tokio::time::Instant::now() + timeout;
        for (monitor, mut run) in runs {
            if tokio::time::timeout_at(deadline, &mut run).await.is_ok() {
                continue;
            }
            monitor.stop(Stop::ShuttingDown);
            if tokio::time::timeout(LAST_WORDS, &mut run).await.is_err() {
                tracing::warn!("a run did not stop in time: its lease will run out");
                run.abort();
            }
        }
    }

    fn crew(&self) -> std::sync::MutexGuard<'_, Crew> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
