//! Import: writes survey files into the store, under the same rules as mutations (`needle_rules`).
//!
//! A file is read as a stream and committed chunk by chunk, so a killed import can simply be run again. Each row is
//! accepted, updated, unchanged or rejected with a reason; a file that cannot be read at all changes nothing.

mod assign;
mod cell;
mod column_profile;
mod columns;
mod date;
mod date_order;
mod deduplicator;
mod delimited;
mod delimiter;
mod document;
mod error;
mod file;
mod foreign;
mod form;
mod format;
mod heading;
mod help;
pub mod hook;
mod identity;
mod identity_sample;
mod options;
mod plan;
mod recorded;
mod response_state;
mod row_filter;
mod row_numbering;
mod row_rule;
mod row_tally;
mod score;
mod shell;
mod text_file;
mod timestamp;

pub use error::ImportError;
pub use file::{import, import_with_plan};
pub use form::FormError;
pub use format::FileFormat;
pub use options::{FileKind, ImportOptions, ImportProgress, RowDecision};
pub use plan::{ImportPlan, PlannedColumn, SampleRecord};
pub use shell::shell;

/// True for a text that `--set responded_at` accepts: a day or a time.
pub fn is_time(text: &str) -> bool {
    let utc = entity::Calendar { zone: chrono_tz::UTC };
    timestamp::parse(text, "responded_at", utc, None).is_ok()
}
