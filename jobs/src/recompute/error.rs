//! Why a run was not started, or failed.

use entity::StoreError;
use entity::run::RunState;
use needle_analytics::cube::CubeError;
use needle_rules::segment::ChangeError;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RecomputeError {
    /// A database statement failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The counts could not be summed.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// The publishing lease expired and another publisher acquired it.
    #[error("another run took over the publishing lease: nothing of this run was published")]
    LostLease,
    /// Another process claimed the slot.
    #[error("another process took over the slot: nothing of this run was published")]
    LostSlot,
    /// Its cancellation was requested.
    #[error("the run was cancelled: nothing of it was published")]
    Cancelled,
    /// Its process is shutting down.
    #[error("the process was stopped before the run was done: nothing of it was published")]
    ShuttingDown,
    /// The code panicked; the message, where it is free of data.
    #[error("the run panicked ({0}): nothing of it was published")]
    Panicked(String),
    /// Another publisher still held the lease when the waiting time was over.
    #[error("another run, of {owner}, has been publishing for {waited_seconds} seconds: try again later")]
    Busy {
        /// The process that holds the lease.
        owner: String,
        /// How long this run waited, in seconds.
        waited_seconds: u64,
    },
}

impl RecomputeError {
    /// The state of a run that ended with this error.
    pub(super) fn state(&self) -> RunState {
        match self {
            Self::Cancelled => RunState::Cancelled,
            Self::ShuttingDown => RunState::Abandoned,
            _ => RunState::Failed,
        }
    }
}

/// Why a requested run did not succeed; in a replay, the runs before it are published.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The run failed while it worked.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// The run could not be claimed, for example because of a used idempotency key.
    #[error(transparent)]
    Claim(#[from] ChangeError),
}
