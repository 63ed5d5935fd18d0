//! The publishing lease: one publisher at a time over all processes.
//!
//! The lease is renewed while its holder works and expires soon after the holder ended. Its fence is checked in the
//! publishing transaction, so that a holder which was only slow cannot overwrite a newer publication.

use std::time::Duration;

use entity::{ConnectionTrait, StoreError, store};
use tokio::task::JoinHandle;

use super::watch::RunMonitor;
use super::{RecomputeError, RunContext, process};

/// The name of the lease in the database.
pub(crate) const NAME: &str = "publish";

/// How long the lease lasts unless it is renewed, in seconds.
pub(crate) const HELD_SECONDS: i64 = 12;

/// A lease that lasts longer than this, in seconds, was taken by a clock that was ahead, and binds nobody.
pub(crate) const LONGEST_SECONDS: i64 = HELD_SECONDS + 5 * 60;

/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(3);

/// How long a waiting process pauses before it tries again.
const RETRY: Duration = Duration::from_millis(200);

/// How long a process waits for the lease before it gives up.
pub(crate) const WAIT_TIMEOUT: Duration = Duration::from_mins(15);

/// The acquired publishing lease; a task renews it until it is released or dropped.
#[derive(Debug)]
pub struct PublishingLease {
    context: RunContext,
    fence: i64,
    renewal: JoinHandle<()>,
}

impl PublishingLease {
    /// Acquires the lease as soon as no other process holds it. Fails when the monitor requests a stop, or after
    /// [`WAIT_TIMEOUT`].
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
                tracing::info!(holder = holder.owner, "the process that was publishing has ended: taking over");
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

    /// The fencing number: greater than that of every earlier holder.
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Renews the lease inside a publishing transaction; an error when another process has acquired it. No process can
    /// acquire it until the transaction ends.
    pub async fn hold_in<C: ConnectionTrait>(&self, transaction: &C) -> Result<(), RecomputeError> {
        let until = self.context.clock.now().plus_seconds(HELD_SECONDS);
        if store::lease::renew(transaction, NAME, self.fence, until).await? {
            Ok(())
        } else {
            Err(RecomputeError::LostLease)
        }
    }

    /// Releases the lease; where that fails, it expires.
    pub async fn release(self) {
        self.renewal.abort();
        if let Err(error) = store::lease::release(self.context.database.keeper(), NAME, self.fence).await {
            tracing::warn!(%error, "the publishing lease could not be released: it will expire");
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
    // Waiting for another writer may have taken long: read the clock now, so that the lease has not expired already.
    let now = context.clock.now();
    let (until, longest) = (now.plus_seconds(HELD_SECONDS), now.plus_seconds(LONGEST_SECONDS));
    let taken = store::lease::take(&transaction, NAME, owner, now, until, longest).await?;
    transaction.commit().await?;
    Ok(taken)
}

fn keep_renewing(context: &RunContext, fence: i64) -> JoinHandle<()> {
    let context = context.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let until = context.clock.now().plus_seconds(HELD_SECONDS);
            match store::lease::renew(context.database.keeper(), NAME, fence, until).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "the publishing lease could not be renewed: trying again"),
            }
        }
    })
}
