//! What became of the rows of a file or of a mutation.

use serde::Serialize;

use crate::problem::{InputProblem, ProblemCode};

/// What an import or a mutation did with its rows; the four add up to the rows read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportReport {
    /// New rows.
    pub accepted: u64,
    /// Rows that changed something known.
    pub updated: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Rows that were refused.
    pub rejected: Vec<RowRejection>,
}

/// One refused row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowRejection {
    /// The data record, counted from 1.
    pub row: u64,
    /// The column or field.
    pub column: String,
    /// The kind of problem.
    pub code: ProblemCode,
    /// What is wrong and what was expected.
    pub message: String,
}

impl ImportReport {
    /// Notes that a row was refused.
    pub fn reject(&mut self, row: u64, problem: InputProblem) {
        self.rejected.push(RowRejection { row, column: problem.field, code: problem.code, message: problem.message });
    }

    /// What the audit log tells of it.
    pub(crate) fn told(&self) -> String {
        format!("accepted {}, updated {}, unchanged {}", self.accepted, self.updated, self.unchanged)
    }

    /// Adds what a later chunk did.
    pub fn absorb(&mut self, later: Self) {
        self.accepted += later.accepted;
        self.updated += later.updated;
        self.unchanged += later.unchanged;
        self.rejected.extend(later.rejected);
    }
}
