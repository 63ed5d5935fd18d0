//! Import: files of surveys into the store, by the rules that mutations go by as well.
//!
//! A file is read as a stream and committed by chunk, so that a killed import is simply run again. Each row is
//! accepted, updated, unchanged or rejected with a reason; a file that cannot be read at all changes nothing.

mod assign;
mod cell;
mod columns;
mod date;
mod delimiter;
mod document;
mod error;
mod evidence;
mod file;
mod foreign;
mod format;
mod heading;
mod help;
mod moment;
mod options;
mod order;
mod plan;
mod refusal;
mod score;
mod seen;
mod table;

pub use error::ImportError;
pub use file::{import, import_as_planned};
pub use format::Format;
pub use help::shell;
pub use options::{Kind, Options, Progress};
pub use plan::{Plan, PlannedColumn, Sample};
