//! What each column of a file becomes: a tool's description laid over the columns that are there.

mod assigner;
mod attribute;
mod comment;
mod counting;
mod field;
mod lack;
mod person;
mod question;

use std::collections::BTreeMap;

use csv::ByteRecord;

use crate::column_profile::ColumnProfile;
use crate::format::FormatDescription;
use crate::row_rule::RowRule;
use assigner::ColumnAssigner;

pub use field::ImportField;

/// What a column becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// A field.
    Field(ImportField),
    /// An attribute of this name.
    Attribute(String),
    /// Nothing, but it decides which rows count.
    RowFilter,
    /// Nothing, for this reason.
    Dropped(&'static str),
}

/// A field without which no row can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingField {
    /// The field.
    pub field: ImportField,
    /// What is wrong, as the end of a sentence.
    pub reason: String,
    /// The columns that it could be.
    pub candidates: Vec<usize>,
    /// True when the cells speak against the only candidate.
    pub is_contradicted: bool,
}

/// What all columns become.
#[derive(Clone, Debug, Default)]
pub struct ColumnAssignment {
    /// By column.
    pub roles: Vec<Option<ColumnRole>>,
    /// The columns with the customer's id, best first.
    pub customers: Vec<usize>,
    /// The columns with the answer's id where the first is empty, best first.
    pub fallback_ids: Vec<usize>,
    /// The columns that decide which rows count.
    pub rules: Vec<(usize, RowRule)>,
    /// Why the file cannot be read although nothing is missing, as whole sentences.
    pub problems: Vec<String>,
    /// What is missing.
    pub missing: Vec<MissingField>,
    /// True when answers go by the digest of their customer and their moment.
    pub digest: bool,
}

impl ColumnAssignment {
    /// The column that a field is read from.
    pub fn column_of(&self, field: ImportField) -> Option<usize> {
        self.roles.iter().position(|roles| roles == &Some(ColumnRole::Field(field)))
    }
}

/// What is known of a file beside its columns.
#[derive(Clone, Copy, Debug)]
pub struct ColumnMapping<'a> {
    /// The fields that a person named columns for.
    pub map: &'a BTreeMap<String, String>,
    /// The pattern of the times, where a person gave one.
    pub date_format: Option<&'a str>,
    /// True for answers, false for customers.
    pub is_responses: bool,
    /// True when the columns show all records of the file.
    pub is_whole: bool,
    /// The records that the columns show.
    pub sample: &'a [ByteRecord],
}

/// Says what each column becomes; an error is a mapped column that is not there, or one that is mapped twice.
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
        assigner.rules();
        assigner.leave_out_progress();
        assigner.ids();
        assigner.pick(ImportField::RespondedAt, description.times, |column| {
            column.values.is_empty() || mapping.reads_times(column)
        });
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
    /// True when the cells of a column are times, by the pattern where there is one.
    fn reads_times(&self, column: &ColumnProfile) -> bool {
        match self.date_format {
            Some(format) => column.holds_times_like(format),
            None => column.holds_dates(),
        }
    }
}
