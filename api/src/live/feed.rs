//! The change feed: reads the state whenever something may have changed, while there are subscribers.
//!
//! PostgreSQL sends notifications with each commit. SQLite, or a PostgreSQL where LISTEN fails, is polled. Changes
//! while the connection was lost are part of the next state.

use std::sync::Arc;
use std::time::Duration;

use entity::{Database, RunListener, StoreError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::LatestState;
use super::state::LiveState;

/// Changes within this time of each other are read together.
const COALESCE_WINDOW: Duration = Duration::from_millis(50);

/// How often a database with notifications is polled anyway: a connection pooler may drop notifications.
const FALLBACK_POLL: Duration = Duration::from_secs(30);

/// The longest pause before LISTEN is tried again.
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(30);

/// Reads the state and publishes it to `states`, until `is_over` finds no subscribers.
pub async fn run_feed(
    database: Database,
    poll: Duration,
    states: watch::Sender<LatestState>,
    is_over: impl Fn(&watch::Sender<LatestState>) -> bool,
) {
    let mut listener = ChangeListener { listener: None, is_unsupported: false, failures: 0, retry_at: Instant::now() };
    loop {
        // Listening begins before the state is read, so that no change falls in between.
        listener.open(&database).await;
        match read(&database, &states).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(%error, "the state for subscribers cannot be read"),
        }
        tokio::select! {
            () = listener.wait(poll) => {}
            () = states.closed() => {}
        }
        if is_over(&states) {
            return;
        }
    }
}

async fn read(database: &Database, states: &watch::Sender<LatestState>) -> Result<(), StoreError> {
    let previous = states.borrow().clone();
    let state = match &previous {
        None => LiveState::read(database).await?,
        Some(previous) => previous.next(database).await?,
    };
    if previous.is_none_or(|previous| previous.runs != state.runs || previous.verdicts != state.verdicts) {
        states.send_replace(Some(Arc::new(state)));
    }
    Ok(())
}

/// Listens for change notifications.
struct ChangeListener {
    listener: Option<RunListener>,
    /// True where the database has no notifications.
    is_unsupported: bool,
    /// Consecutive failures.
    failures: u32,
    retry_at: Instant,
}

impl ChangeListener {
    /// Starts to listen, unless it already does or failed a short while ago.
    async fn open(&mut self, database: &Database) {
        if self.is_unsupported || self.listener.is_some() || Instant::now() < self.retry_at {
            return;
        }
        match database.listen().await {
            Ok(Some(listener)) => {
                self.listener = Some(listener);
                self.failures = 0;
            }
            Ok(None) => self.is_unsupported = true,
            Err(error) => self.failed(&error),
        }
    }

    /// Completes when something may have changed.
    async fn wait(&mut self, poll: Duration) {
        let Some(listener) = &mut self.listener else { return sleep(poll).await };
        match timeout(FALLBACK_POLL, listener.changed()).await {
            Ok(Ok(())) => sleep(COALESCE_WINDOW).await,
            Ok(Err(error)) => {
                self.listener = None;
                self.failed(&error);
            }
            Err(_) => {}
        }
    }

    fn failed(&mut self, error: &StoreError) {
        let pause = Duration::from_secs(1 << self.failures.min(5)).min(MAX_RETRY_PAUSE);
        self.failures += 1;
        self.retry_at = Instant::now() + pause;
        tracing::warn!(%error, pause_seconds = pause.as_secs(), "LISTEN failed: the database is polled");
    }
}
