//! The ticker: wakes the worker every second.
//!
//! `tokio-cron-scheduler` keeps a fixed offset for each job and knows neither missed slots nor other processes, so it
//! ticks in UTC and decides nothing. A repeated job of it may stop for good; whoever notices starts a new one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{ScheduleError, Worker};

/// Every second, in UTC.
const EVERY_SECOND: &str = "* * * * * *";

/// A ticker that was silent for so long has stopped.
const SILENCE: Duration = Duration::from_secs(30);

/// Wakes the worker until it is stopped.
pub struct Ticker {
    scheduler: Arc<Mutex<JobScheduler>>,
    guard: JoinHandle<()>,
}

impl Ticker {
    /// Starts to tick.
    pub async fn start(worker: Worker) -> Result<Self, ScheduleError> {
        let ticked = Arc::new(Mutex::new(Instant::now()));
        let scheduler = Arc::new(Mutex::new(start(worker.clone(), ticked.clone()).await?));
        let guarded = scheduler.clone();
        let guard = tokio::spawn(async move {
            loop {
                tokio::time::sleep(SILENCE).await;
                // A tick that is under way holds the moment of the last one.
                let is_silent = ticked.try_lock().is_ok_and(|last| last.elapsed() > SILENCE);
                if !is_silent {
                    continue;
                }
                tracing::warn!("the ticker of the schedule has stopped: starting another one");
                match start(worker.clone(), ticked.clone()).await {
                    Ok(fresh) => stop(&mut std::mem::replace(&mut *guarded.lock().await, fresh)).await,
                    Err(error) => tracing::error!(%error, "the schedule does not tick"),
                }
            }
        });
        Ok(Self { scheduler, guard })
    }

    /// Ticks no more. What was started goes on.
    pub async fn stop(self) {
        self.guard.abort();
        stop(&mut *self.scheduler.lock().await).await;
    }
}

async fn start(worker: Worker, ticked: Arc<Mutex<Instant>>) -> Result<JobScheduler, ScheduleError> {
    let scheduler = JobScheduler::new().await?;
    let job = Job::new_async(EVERY_SECOND, move |_, _| {
        let (worker, ticked) = (worker.clone(), ticked.clone());
        Box::pin(async move {
            // Ticks never overlap: while one is under way the next ones are left out.
            let Ok(mut last) = ticked.try_lock() else { return };
            if let Err(error) = worker.tick().await {
                tracing::warn!(%error, "the schedule could not look for due slots: trying again");
            }
            *last = Instant::now();
        })
    })?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(scheduler)
}

async fn stop(scheduler: &mut JobScheduler) {
    if let Err(error) = scheduler.shutdown().await {
        tracing::warn!(%error, "the ticker of the schedule could not be stopped");
    }
}
