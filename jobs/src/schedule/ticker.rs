//! The ticker: wakes the worker every second.
//!
//! `tokio-cron-scheduler` keeps a fixed offset for each job, handles neither missed slots nor other processes, and may
//! stop ticking, as it does after the clock was set back. So it ticks in UTC and decides nothing, and the worker also
//! wakes up without it.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{ScheduleError, ScheduleWorker};

/// The worker wakes up without a tick after this time.
const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// Wakes the worker until it is dropped. Runs that were started continue.
#[derive(Debug)]
pub struct Ticker {
    _stop: oneshot::Sender<()>,
}

impl Ticker {
    /// Starts to tick. Ticks never overlap: of those that arrive while one is in progress, one is kept.
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
            // As long as this sender exists, the channel stays open even if the scheduler drops its own.
            let _open = tick;
            loop {
                tokio::select! {
                    _ = &mut stopped => break,
                    _ = timeout(LONGEST_SILENCE, ticks.recv()) => {}
                }
                if let Err(error) = worker.tick().await {
                    tracing::warn!(%error, "the schedule could not check for due slots: trying again");
                }
            }
            if let Err(error) = scheduler.shutdown().await {
                tracing::warn!(%error, "the ticker of the schedule could not be stopped");
            }
        });
        Ok(Self { _stop: stop })
    }
}
