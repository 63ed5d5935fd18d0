//! The ticker: wakes the worker every second.
//!
//! `tokio-cron-scheduler` keeps a fixed offset for each job, knows neither missed slots nor other processes, and may fall
//! silent, as it does while the clock was set back. So it ticks in UTC and decides nothing, and nobody relies on it.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{ScheduleError, ScheduleWorker};

/// The worker wakes up by itself after a silence of this length.
const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// Wakes the worker until it is dropped. What was started goes on.
#[derive(Debug)]
pub struct Ticker {
    _stop: oneshot::Sender<()>,
}

impl Ticker {
    /// Starts to tick. Ticks never overlap: of those that come while one is under way, one is kept.
    pub async fn start(worker: ScheduleWorker) -> Result<Self, ScheduleError> {
        let (tick, mut ticks) = mpsc::channel(1);
        let (stop, mut stopped) = oneshot::channel();
        let mut scheduler = JobScheduler::new().await?;
        let wake = tick.clone();
        scheduler
            .add(Job::new("* * * * * *", move |_, _| {
                let _kept_or_full = wake.try_send(());
            })?)
            .await?;
        scheduler.start().await?;
        tokio::spawn(async move {
            // While this end is open, nobody else can close the channel.
            let _open = tick;
            loop {
                tokio::select! {
                    _ = &mut stopped => break,
                    _ = timeout(LONGEST_SILENCE, ticks.recv()) => {}
                }
                if let Err(error) = worker.tick().await {
                    tracing::warn!(%error, "the schedule could not look for due slots: trying again");
                }
            }
            if let Err(error) = scheduler.shutdown().await {
                tracing::warn!(%error, "the ticker of the schedule could not be stopped");
            }
        });
        Ok(Self { _stop: stop })
    }
}
