//! The context in which rows of a file or of a mutation are written.

use entity::audit_entry::AuditOutcome;
use entity::import::ImportId;
use entity::import_count::ImportKind;
use entity::store::audit_entry::{self, AuditSignature};
use entity::{Calendar, ConnectionTrait, Database, StoreError, store};

use crate::dimension::AttributeLimits;

/// What writing rows needs besides the rows.
#[derive(Clone, Debug)]
pub struct WriteContext {
    /// The database that is written to.
    pub database: Database,
    /// The calendar of the reporting time zone, which turns timestamps into days.
    pub calendar: Calendar,
    /// The present time, from the caller's clock.
    pub now: entity::Timestamp,
    /// How many attributes and values there may be.
    pub attribute_limits: AttributeLimits,
    /// Who is named in the audit log for a change, in the transaction of the change; `None` for files.
    pub signature: Option<AuditSignature>,
    /// The import that the rows belong to; `None` for mutations, and while a file is only checked.
    pub import: Option<OpenImport>,
}

/// An import whose rows are being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenImport {
    /// Its id.
    pub id: ImportId,
    /// What the rows of its file describe.
    pub kind: ImportKind,
}

impl WriteContext {
    /// The id of the import that the rows belong to.
    pub(crate) fn import_id(&self) -> Option<ImportId> {
        self.import.map(|import| import.id)
    }

    /// The same with the calendar that the database has now: another process may have changed the time zone since this
    /// one started, and days are dated by the stored one only.
    pub(crate) async fn with_stored_calendar<C: ConnectionTrait>(&self, transaction: &C) -> Result<Self, StoreError> {
        let calendar = store::setting::stored_calendar(transaction).await?.unwrap_or(self.calendar);
        Ok(Self { calendar, ..self.clone() })
    }

    /// Records in the audit log what a mutation did. Call it in the transaction of the change.
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
