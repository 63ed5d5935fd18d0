//! Import: files and mutations into the store, through one code path.
//!
//! A file is read as a stream and committed by chunk, so that a killed import is simply run again. Each row is
//! accepted, updated, unchanged or rejected with a reason; a file that cannot be read at all changes nothing.

pub mod answer;
mod assign;
mod columns;
mod count;
pub mod customer;
mod date;
mod delimiter;
pub mod dimension;
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
mod record;
mod refusal;
mod score;
mod seen;
mod table;

use entity::audit_entry::AuditOutcome;
use entity::store::audit_entry::{self, Signature};
use entity::{Calendar, ConnectionTrait, Database, StoreError};
use serde::Serialize;

pub use count::refused as count_refused;
pub use file::{Kind, Options, Progress, import, import_as_planned};
pub use format::Format;
pub use help::shell;
pub use plan::{Plan, PlannedColumn, Sample};
pub use record::{AnswerFields, AnswerParts, answer_from_parts, attributes_from_json, customer_from_parts};

use crate::problem::{Code, Problem};

/// What an import or a mutation did with its rows; the four add up to the rows read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// New rows.
    pub accepted: u64,
    /// Rows that changed something known.
    pub updated: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Rows that were refused.
    pub rejected: Vec<Rejection>,
}

/// One refused row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rejection {
    /// The data record, counted from 1.
    pub row: u64,
    /// The column or field.
    pub column: String,
    /// The kind of problem.
    pub code: Code,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Report {
    /// Notes that a row was refused.
    pub fn reject(&mut self, row: u64, problem: Problem) {
        self.rejected.push(Rejection { row, column: problem.field, code: problem.code, message: problem.message });
    }

    /// Tells the log how many rows there were, and nothing of what they hold.
    fn log(&self, kind: Kind, options: &Options) {
        let Self { accepted, updated, unchanged, rejected } = self;
        let (source, dry_run, rejected) = (options.source.as_deref(), options.dry_run, rejected.len());
        let kind = format!("{kind:?}").to_lowercase();
        tracing::info!(source, kind, accepted, updated, unchanged, rejected, dry_run, "imported a file");
    }

    /// What the audit log tells of it.
    fn told(&self) -> String {
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

/// Where rows go, and what they are read by.
#[derive(Clone, Debug)]
pub struct Target {
    /// The database.
    pub database: Database,
    /// The reporting calendar.
    pub calendar: Calendar,
    /// The present moment.
    pub now: entity::Timestamp,
    /// A name with more distinct values than this is kept out of profiles, unless an operator decided otherwise.
    pub values_limit: usize,
    /// Who signs what is written, in the transaction that writes it; `None` for files.
    pub signature: Option<Signature>,
}

impl Target {
    /// Writes into the audit log what a mutation did. Call it in the transaction of the change.
    pub(crate) async fn sign<C: ConnectionTrait>(
        &self,
        transaction: &C,
        detail: Option<String>,
    ) -> Result<(), StoreError> {
        match &self.signature {
            Some(signature) => audit_entry::write(transaction, signature, AuditOutcome::Done, detail).await,
            None => Ok(()),
        }
    }
}

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
