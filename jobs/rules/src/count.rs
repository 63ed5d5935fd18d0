//! Counts imported rows by kind and outcome, and by import, in the transaction that writes them.

use entity::import_count::{ImportKind, ImportOutcome};
use entity::store::import::ImportCounts;
use entity::{ConnectionTrait, StoreError, store};

use crate::import::WrittenRows;
use crate::outcome::ImportReport;
use crate::target::WriteContext;

/// Adds the counts of a chunk. Call it in the chunk's transaction, but not in a dry run, which writes nothing.
pub async fn add<C: ConnectionTrait>(
    transaction: &C,
    context: &WriteContext,
    kind: ImportKind,
    report: &ImportReport,
) -> Result<(), StoreError> {
    let ImportReport { accepted, updated, unchanged, .. } = *report;
    let rejected = report.rejected.len() as u64;
    let counts = [
        (ImportOutcome::Accepted, accepted),
        (ImportOutcome::Updated, updated),
        (ImportOutcome::Unchanged, unchanged),
        (ImportOutcome::Rejected, rejected),
    ];
    store::import_count::add(transaction, kind, counts).await?;
    let Some(import) = context.import else { return Ok(()) };
    let WrittenRows { customers: customers_written, responses: responses_written } = report.written;
    let of_file = ImportCounts { accepted, updated, unchanged, rejected, customers_written, responses_written };
    // A file of responses writes customers too, which are no rows of it.
    let beside = ImportCounts { customers_written, responses_written, ..ImportCounts::default() };
    let counts = if import.kind == kind { of_file } else { beside };
    store::import::add(transaction, import.id, counts).await
}

/// Counts rows that were rejected before they reached the store. These counts are all that is written for them.
pub async fn refused(context: &WriteContext, kind: ImportKind, report: &ImportReport) -> Result<(), StoreError> {
    if report.rejected.is_empty() {
        return Ok(());
    }
    let transaction = context.database.begin_write().await?;
    let refused = ImportReport { rejected: report.rejected.clone(), ..ImportReport::default() };
    add(&transaction, context, kind, &refused).await?;
    Ok(transaction.commit().await?)
}
