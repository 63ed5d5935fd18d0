//! Where rows of a file and of a mutation go.

use entity::audit_entry::AuditOutcome;
use entity::store::audit_entry::{self, AuditSignature};
use entity::{Calendar, ConnectionTrait, Database, StoreError};

/// Where rows go, and what they are read by.
#[derive(Clone, Debug)]
pub struct WriteContext {
    /// The database.
    pub database: Database,
    /// The reporting calendar.
    pub calendar: Calendar,
    /// The present moment.
    pub now: entity::Timestamp,
    /// A name with more distinct values than this is kept out of profiles, unless an operator decided otherwise.
    pub values_limit: usize,
    /// Who signs what is written, in the transaction that writes it; `None` for files.
    pub signature: Option<AuditSignature>,
}

impl WriteContext {
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
