//! The publishing lease: one publisher at a time, whatever process it lives in.
//!
//! The lease is renewed while its holder works and runs out soon after the holder vanished. Its fence is checked in
//! the publishing transaction, so that a holder which was only slow cannot overwrite a newer publication.

use std::time::Duration;

use entity::{ConnectionTrait, StoreError, store};
use tokio::task::JoinHandle;

use super::watch::RunMonitor;
use super::{RecomputeError, RunContext, process};

pub(crate) const NAME: &str = "publish";

/// How long a lease is held unless it is renewed.
pub(crate) const HELD_SECONDS: i64 = 12;

/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(3);

/// How often somebody who waits asks again.
const RETRY: Duration = Duration::from_millis(200);

/// How long somebody waits.
pub(crate) const WAIT_TIMEOUT: Duration = Duration::from_mins(15);

/// The right to publish, while it lasts.
#[derive(Debug)]
pub struct PublishingLease {
    context: RunContext,
    fence: i64,
    renewal: JoinHandle<()>,
}

impl PublishingLease {
    /// Takes the lease as soon as nobody else holds it, unless the watch says to stop.
    pub async fn take(context: &RunContext, monitor: &RunMonitor) -> Result<Self, RecomputeError> {
        let owner = process::name();
        let started = tokio::time::Instant::now();
        let mut is_logged = false;
        loop {
            monitor.check()?;
            if let Some(fence) = try_take(context, &owner).await? {
                return Ok(Self { context: context.clone(), fence, renewal: keep_renewing(context, fence) });
            }
            let holder = store::lease::current(context.database.reader(), NAME).await?;
            let Some(holder) = holder else { continue };
            if holder.held_until > context.clock.now() && process::is_gone(&holder.owner) {
                tracing::info!(holder = holder.owner, "the process that was publishing is gone: taking over");
                store::lease::release(context.database.writer(), NAME, holder.fence).await?;
                continue;
            }
            let holder = holder.owner;
            if !is_logged {
                tracing::info!(holder, "another run is publishing: waiting for it");
                is_logged = true;
            }
            if started.elapsed() > WAIT_TIMEOUT {
                return Err(RecomputeError::Busy { owner: holder, waited_seconds: WAIT_TIMEOUT.as_secs() });
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// The fence: greater than that of every holder before.
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Makes sure, inside a publishing transaction, that nobody took over; nobody can until it ends.
    pub async fn hold_in<C: ConnectionTrait>(&self, transaction: &C) -> Result<(), RecomputeError> {
        let until = self.context.clock.now().plus_seconds(HELD_SECONDS);
        if store::lease::renew(transaction, NAME, self.fence, until).await? {
            Ok(())
        } else {
            Err(RecomputeError::LostLease)
        }
    }

    /// Gives the lease back; where that fails it runs out by itself.
    pub async fn release(self) {
        self.renewal.abort();
        if let Err(error) = store::lease::release(self.context.database.writer(), NAME, self.fence).await {
            tracing::warn!(%error, "the publishing lease could not be given back: it will run out");
        }
    }
}

impl Drop for PublishingLease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

async fn try_take(context: &RunContext, owner: &str) -> Result<Option<i64>, StoreError> {
    let transaction = context.database.begin_write().await?;
    // Another writer may have kept us waiting: a lease must not be over before it is taken.
    let now = context.clock.now();
    let taken = store::lease::take(&transaction, NAME, owner, now, now.plus_seconds(HELD_SECONDS)).await?;
    transaction.commit().await?;
    Ok(taken)
}

fn keep_renewing(context: &RunContext, fence: i64) -> JoinHandle<()> {
    let workplace = context.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let until = workplace.clock.now().plus_seconds(HELD_SECONDS);
            match store::lease::renew(workplace.database.writer(), NAME, fence, until).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "the publishing lease could not be renewed: trying again"),
            }
        }
    })
}
