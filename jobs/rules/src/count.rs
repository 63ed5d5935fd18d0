//! Counts imported rows by kind and outcome, in the transaction that writes them.

use entity::import_count::{ImportKind, ImportOutcome};
use entity::{ConnectionTrait, StoreError, store};

use crate::outcome::ImportReport;
use crate::target::WriteContext;

/// Adds the counts of a chunk. Call it in the chunk's transaction, but not in a dry run, which writes nothing.
pub async fn add<C: ConnectionTrait>(
    transaction: &C,
    kind: ImportKind,
    report: &ImportReport,
) -> Result<(), StoreError> {
    let counts = [
        (ImportOutcome::Accepted, report.accepted),
        (ImportOutcome::Updated, report.updated),
        (ImportOutcome::Unchanged, report.unchanged),
        (ImportOutcome::Rejected, report.rejected.len() as u64),
    ];
    store::import_count::add(transaction, kind, counts).await
}

/// Counts rows that were rejected before they reached the store. These counts are all that is written for them.
pub async fn refused(context: &WriteContext, kind: ImportKind, report: &ImportReport) -> Result<(), StoreError> {
    if report.rejected.is_empty() {
        return Ok(());
    }
    let transaction = context.database.begin_write().await?;
    let rows = report.rejected.len() as u64;
    store::import_count::add(&transaction, kind, [(ImportOutcome::Rejected, rows)]).await?;
    Ok(transaction.commit().await?)
}
