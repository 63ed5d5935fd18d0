//! Why a file could not be imported.

use entity::StoreError;

/// Why a file could not be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store failed; chunks committed before stay.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be read.
    #[error("cannot read the file: {0}")]
    Read(#[from] std::io::Error),
    /// The file has no header, or not one that can be used.
    #[error("{0}")]
    Header(String),
    /// The file is not the JSON it should be.
    #[error("the file is not a JSON array of objects: {0}")]
    Json(String),
}
