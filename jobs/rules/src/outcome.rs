//! The outcome of importing the rows of a file or a mutation.

use serde::Serialize;

use crate::import::WrittenRows;
use crate::problem::{InputProblem, ProblemCode};

/// How many rows had which outcome; the four numbers add up to the rows read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportReport {
    /// New rows.
    pub accepted: u64,
    /// Rows that changed a stored row.
    pub updated: u64,
    /// Rows that contained nothing new.
    pub unchanged: u64,
    /// Rows that were rejected, in order of their number.
    pub rejected: Vec<RowRejection>,
    /// What the rows together show, as sentences for the person who imports them; absent without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What an import wrote for the first time, until it is counted with the import; not reported.
    #[serde(skip)]
    pub written: WrittenRows,
}

/// One rejected row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowRejection {
    /// The data record, counted from 1.
    pub row: u64,
    /// The column or field with the problem; empty when it is the whole row.
    pub column: String,
    /// The kind of problem.
    pub code: ProblemCode,
    /// What was expected and what was found.
    pub message: String,
}

impl ImportReport {
    /// Adds a rejected row.
    pub fn reject(&mut self, row: u64, problem: InputProblem) {
        self.rejected.push(RowRejection { row, column: problem.field, code: problem.code, message: problem.message });
    }

    /// The text for the audit log.
    pub(crate) fn summary(&self) -> String {
        format!("accepted {}, updated {}, unchanged {}", self.accepted, self.updated, self.unchanged)
    }

    /// Adds the counts and rejections of a later chunk.
    pub fn absorb(&mut self, later: Self) {
        self.accepted += later.accepted;
        self.updated += later.updated;
        self.unchanged += later.unchanged;
        self.rejected.extend(later.rejected);
        self.notes.extend(later.notes);
        self.written.customers += later.written.customers;
        self.written.responses += later.written.responses;
    }
}
