//! The role of each column of a file: a tool's description applied to the columns of the file.

mod assigner;
mod attribute;
mod comment;
mod counting;
mod field;
mod missing_field;
mod person;
mod question;
mod state_column;
mod time;

use std::collections::BTreeMap;

use csv::ByteRecord;
use entity::Timestamp;

use crate::column_profile::ColumnProfile;
use crate::format::FormatDescription;
use crate::options::RowDecision;
use crate::row_filter::RowFilter;
use assigner::ColumnAssigner;

pub use field::ImportField;
pub use state_column::{StateColumn, may_decide, state_column};

/// The role of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// Read into this field.
    Field(ImportField),
    /// Imported as an attribute of this name.
    Attribute(String),
    /// Read into the score too: another column of the same question.
    FurtherScore,
    /// Not imported, but decides which rows are.
    RowFilter,
    /// Not imported, for this reason.
    Dropped(&'static str),
}

/// A field without which no row can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingField {
    /// The missing field.
    pub field: ImportField,
    /// What is wrong, as the end of a sentence.
    pub reason: String,
    /// The positions of the columns it could be.
    pub candidates: Vec<usize>,
    /// True when the cells contradict the only candidate.
    pub is_contradicted: bool,
}

/// The roles of all columns.
#[derive(Clone, Debug, Default)]
pub struct ColumnAssignment {
    /// By column position; `None` while undecided.
    pub roles: Vec<Option<ColumnRole>>,
    /// The columns with the customer's id, best first.
    pub customers: Vec<usize>,
    /// Further columns with the response's id, used where the first is empty, best first.
    pub fallback_ids: Vec<usize>,
    /// Further columns with the score.
    pub further_scores: Vec<usize>,
    /// The columns that decide which rows are imported.
    pub rules: Vec<RowFilter>,
    /// Why the file cannot be read although no field is missing, as whole sentences.
    pub problems: Vec<String>,
    /// The required fields for which no column was found.
    pub missing: Vec<MissingField>,
    /// True when responses are identified by the digest of their customer and timestamp.
    pub digest: bool,
    /// What was decided for the person, as sentences.
    pub notes: Vec<String>,
}

impl ColumnAssignment {
    /// The column from which a field is read; `None` when there is none.
    pub fn column_of(&self, field: ImportField) -> Option<usize> {
        self.roles.iter().position(|roles| roles == &Some(ColumnRole::Field(field)))
    }
}

/// The inputs of an assignment other than the columns.
#[derive(Clone, Copy, Debug)]
pub struct ColumnMapping<'a> {
    /// The columns named with `--map`, by field.
    pub map: &'a BTreeMap<String, String>,
    /// Further columns named for the score.
    pub further_scores: &'a [String],
    /// What was decided about the values of columns.
    pub decisions: &'a [RowDecision],
    /// The pattern of `--date-format`; `None` when not given.
    pub date_format: Option<&'a str>,
    /// The time that `--set responded_at` gives to every response; `None` when not given.
    pub responded_at: Option<&'a str>,
    /// The present time: no response is later.
    pub now: Timestamp,
    /// True for responses, false for customers.
    pub is_responses: bool,
    /// True when the sample is the whole file.
    pub is_whole: bool,
    /// The records that the columns were profiled from.
    pub sample: &'a [ByteRecord],
}

/// Decides the role of each column; the error is a mapped column that does not exist, or one that is mapped twice.
pub fn assign(
    description: &'static FormatDescription,
    columns: &[ColumnProfile],
    mapping: ColumnMapping<'_>,
) -> Result<ColumnAssignment, String> {
    let roles = vec![None; columns.len()];
    let mut assigner = ColumnAssigner {
        description,
        columns,
        mapping,
        assigned: ColumnAssignment { roles, ..ColumnAssignment::default() },
    };
    assigner.map(mapping.map)?;
    let responses = mapping.is_responses;
    if responses {
        assigner.rules()?;
        assigner.leave_out_progress();
        assigner.ids();
        assigner.response_time();
    }
    assigner.people();
    assigner.drop_technical();
    if responses {
        assigner.score();
        assigner.comment();
        assigner.find_missing();
    } else if assigner.assigned.customers.is_empty() && assigner.assigned.column_of(ImportField::Email).is_none() {
        assigner.add_missing(ImportField::Customer, "no column is the customer's id or email address", Vec::new());
    }
    assigner.attributes();
    Ok(assigner.assigned)
}

impl ColumnMapping<'_> {
    /// True when the cells of a column are times, of the given pattern where there is one.
    fn reads_times(&self, column: &ColumnProfile) -> bool {
        match self.date_format {
            Some(format) => column.holds_times_like(format),
            None => column.holds_dates() || (column.names_a_time() && column.holds_serial_dates()),
        }
    }
}
