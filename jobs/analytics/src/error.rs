//! Why counts could not be read or summed.

use entity::StoreError;
use polars::prelude::PolarsError;

/// Why the cube could not be built or summed.
#[derive(Debug, thiserror::Error)]
pub enum CubeError {
    /// A block is damaged or could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Polars rejected the query plan.
    #[error("the counts could not be summed: {0}")]
    Polars(#[from] PolarsError),
    /// The blocking task panicked or was cancelled.
    #[error("the work on the counts stopped before its end")]
    Stopped(#[from] tokio::task::JoinError),
    /// Whoever requested the work waits for it no longer.
    #[error(transparent)]
    Abandoned(#[from] Abandoned),
}

/// Whoever requested the work waits for it no longer: the request timed out, or its client went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody waits for the work any longer")]
pub struct Abandoned;
