//! Errors that stop an import.

use entity::StoreError;

use crate::form::FormError;

/// Why a file could not be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store failed; chunks committed before are kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file could not be read.
    #[error("cannot read the file: {0}")]
    Read(#[from] std::io::Error),
    /// The form of the file keeps it from being read: it is damaged, of another kind, or a sheet must be named.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The header is missing or cannot be used, or the file is not delimited text.
    #[error("{0}")]
    Header(String),
    /// The file is not a JSON array of objects.
    #[error("the file is not a JSON array of objects: {0}")]
    Json(String),
}
