//! Import: files of surveys into the store, by the rules that mutations go by as well.
//!
//! A file is read as a stream and committed by chunk, so that a killed import is simply run again. Each row is
//! accepted, updated, unchanged or rejected with a reason; a file that cannot be read at all changes nothing.

mod assign;
mod columns;
mod date;
mod delimiter;
mod document;
mod evidence;
mod file;
mod foreign;
mod format;
mod heading;
mod help;
mod moment;
mod order;
mod plan;
mod question;
mod refusal;
mod score;
mod seen;
mod table;

use entity::StoreError;

pub use file::{Kind, Options, Progress, import, import_as_planned};
pub use format::Format;
pub use help::shell;
pub use plan::{Plan, PlannedColumn, Sample};

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
