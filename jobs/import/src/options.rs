//! What a file holds, and how it is read.

use std::collections::BTreeMap;

use crate::format::FileFormat;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Customers, as CSV.
    Customers,
    /// Answers, as CSV.
    Responses,
    /// Segments, as JSON.
    Segments,
    /// Decisions, as JSON.
    Decisions,
}

/// How a file is read.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Columns that go by another name here: field to column.
    pub columns: BTreeMap<String, String>,
    /// A strftime pattern for moments.
    pub date_format: Option<String>,
    /// The shape of the file.
    pub format: FileFormat,
    /// Where answers come from; `None` for the name of the format.
    pub source: Option<String>,
    /// True to find out what would happen and to change nothing.
    pub dry_run: bool,
    /// Who imports, for the history of declarations.
    pub imported_by: String,
}

/// Told after every chunk.
#[derive(Clone, Copy, Debug)]
pub struct ImportProgress {
    /// Records done so far.
    pub rows: u64,
}
