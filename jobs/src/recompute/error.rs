//! Why a run did not come about, or failed.

use entity::StoreError;
use entity::run::RunState;
use needle_analytics::cube::CubeError;
use needle_rules::segment::ChangeError;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RecomputeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The counts could not be summed.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// Another publisher took over.
    #[error("another run took over the publishing lease: nothing of this run was published")]
    LostLease,
    /// Another process claimed the slot.
    #[error("another process took over the slot: nothing of this run was published")]
    LostSlot,
    /// Somebody asked it to stop.
    #[error("the run was cancelled: nothing of it was published")]
    Cancelled,
    /// Its process is about to end.
    #[error("the process was asked to stop before the run was done: nothing of it was published")]
    ShuttingDown,
    /// A defect of ours.
    #[error("the run came to a sudden end ({0}): nothing of it was published")]
    Panicked(String),
    /// Another publisher did not finish in time.
    #[error("another run, of {owner}, has been publishing for {waited_seconds} seconds: try again later")]
    Busy {
        /// Who publishes.
        owner: String,
        /// How long this run waited.
        waited_seconds: u64,
    },
}

impl RecomputeError {
    /// How a run that ended so is marked.
    pub(super) fn state(&self) -> RunState {
        match self {
            Self::Cancelled => RunState::Cancelled,
            Self::ShuttingDown => RunState::Abandoned,
            _ => RunState::Failed,
        }
    }
}

/// Why a run that was asked for did not come about; those before it in a replay are published.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A run failed.
    #[error(transparent)]
    Recompute(#[from] RecomputeError),
    /// A run could not be claimed.
    #[error(transparent)]
    Claim(#[from] ChangeError),
}
