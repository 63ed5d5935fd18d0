//! What a file contains, and how it is read.

use std::collections::BTreeMap;

use crate::format::FileFormat;

/// What a file contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Customers, as a table: text or a sheet of a spreadsheet.
    Customers,
    /// Responses, as a table.
    Responses,
    /// Segments, as JSON.
    Segments,
    /// Decisions, as JSON.
    Decisions,
}

/// How a file is read.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Columns with a different name in this file: field to column.
    pub columns: BTreeMap<String, String>,
    /// A strftime pattern for times; `None` for the forms of `docs/importing.md`.
    pub date_format: Option<String>,
    /// Further columns with the score: one question in several languages or branches, of which each response answers one.
    pub further_scores: Vec<String>,
    /// The sheet of a spreadsheet; `None` for the only one that holds something.
    pub sheet: Option<String>,
    /// True where known responses may be overwritten by quite different ones: the same survey, corrected.
    pub update: bool,
    /// Values that every record has, by field or attribute: `--set`.
    pub constants: BTreeMap<String, String>,
    /// Whether rows count, by the value of a column: `--count` and `--reject`.
    pub decisions: Vec<RowDecision>,
    /// The time zone of times that name none; `None` for that of the heading, else the reporting zone.
    pub zone: Option<chrono_tz::Tz>,
    /// The format of the file.
    pub format: FileFormat,
    /// The name of the source of the responses; `None` for the name of the format.
    pub source: Option<String>,
    /// True to find out what would happen without changing anything.
    pub dry_run: bool,
    /// The name of the file without its folder, by which the import is listed; `None` for standard input.
    pub file_name: Option<String>,
    /// Who imports: recorded with the import and in the history of declarations.
    pub imported_by: String,
}

/// Whether the rows with this value in this column count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowDecision {
    /// The name of the column, as the file has it.
    pub column: String,
    /// The value; case and spaces do not matter.
    pub value: String,
    /// True for rows that count, false for those that are left out.
    pub counts: bool,
}

/// Reported after every chunk.
#[derive(Clone, Copy, Debug)]
pub struct ImportProgress {
    /// Records processed so far.
    pub rows: u64,
}
