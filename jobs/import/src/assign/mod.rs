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

use crate::evidence::Column;
use crate::format::Shape;
use crate::refusal::Rule;
use assigner::Assigner;

pub use field::Field;

/// What a column becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A field.
    Field(Field),
    /// An attribute of this name.
    Attribute(String),
    /// Nothing, but it decides which rows count.
    Decides,
    /// Nothing, for this reason.
    Dropped(&'static str),
}

/// A field without which no row can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The field.
    pub field: Field,
    /// What is wrong, as the end of a sentence.
    pub what: String,
    /// The columns that it could be.
    pub candidates: Vec<usize>,
    /// True when the cells speak against the only candidate.
    pub is_doubted: bool,
}

/// What all columns become.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    /// By column.
    pub becomes: Vec<Option<Becomes>>,
    /// The columns with the customer's id, best first.
    pub customers: Vec<usize>,
    /// The columns with the answer's id where the first is empty, best first.
    pub further_ids: Vec<usize>,
    /// The columns that decide which rows count.
    pub rules: Vec<(usize, Rule)>,
    /// Why the file cannot be read although nothing is missing, as whole sentences.
    pub problems: Vec<String>,
    /// What is missing.
    pub lacks: Vec<Lack>,
    /// True when answers go by the digest of their customer and their moment.
    pub digest: bool,
}

impl Assigned {
    /// The column that a field is read from.
    pub fn column_of(&self, field: Field) -> Option<usize> {
        self.becomes.iter().position(|roles| roles == &Some(Becomes::Field(field)))
    }
}

/// What is known of a file beside its columns.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The fields that a person named columns for.
    pub map: &'a BTreeMap<String, String>,
    /// The pattern of the times, where a person gave one.
    pub date_format: Option<&'a str>,
    /// True for answers, false for customers.
    pub is_answers: bool,
    /// True when the columns show all records of the file.
    pub is_whole: bool,
    /// The records that the columns show.
    pub sample: &'a [ByteRecord],
}

/// Says what each column becomes; an error is a mapped column that is not there, or one that is mapped twice.
pub fn assign(description: &'static Shape, columns: &[Column], mapping: Told<'_>) -> Result<Assigned, String> {
    let roles = vec![None; columns.len()];
    let mut assigner = Assigner {
        shape: description,
        columns,
        told: mapping,
        assigned: Assigned { becomes: roles, ..Assigned::default() },
    };
    assigner.map(mapping.map)?;
    let responses = mapping.is_answers;
    if responses {
        assigner.rules();
        assigner.leave_out_progress();
        assigner.ids();
        assigner
            .pick(Field::RespondedAt, description.times, |column| column.values.is_empty() || mapping.reads(column));
    }
    assigner.people();
    assigner.drop_known();
    if responses {
        assigner.score();
        assigner.comment();
        assigner.find_lacks();
    } else if assigner.assigned.customers.is_empty() && assigner.assigned.column_of(Field::Email).is_none() {
        assigner.lack(Field::Customer, "no column is the customer's id or email address", Vec::new());
    }
    assigner.attributes();
    Ok(assigner.assigned)
}

impl Told<'_> {
    /// True when the cells of a column are times, by the pattern where there is one.
    fn reads(&self, column: &Column) -> bool {
        match self.date_format {
            Some(format) => column.holds_times_like(format),
            None => column.holds_dates(),
        }
    }
}
