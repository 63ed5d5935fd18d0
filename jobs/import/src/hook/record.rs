//! Recording one row under the rules of an import: its customer and its response, or neither.

use entity::database::begin_part;
use entity::import_count::ImportKind;
use entity::store::{self, tombstone};
use entity::{DatabaseTransaction, StoreError};
use needle_rules::dimension::DimensionTracker;
use needle_rules::outcome::{ImportReport, RowRejection};
use needle_rules::problem::ProblemCode;
use needle_rules::response::RecordOptions;
use needle_rules::target::WriteContext;
use needle_rules::{count, customer, response};

use super::row::HookRow;
use crate::identity;

/// Why rows are refused for good: nobody could mend it.
const FINAL: [ProblemCode; 7] = [
    ProblemCode::Unfinished,
    ProblemCode::Disqualified,
    ProblemCode::Test,
    ProblemCode::Preview,
    ProblemCode::Spam,
    ProblemCode::OtherMetric,
    ProblemCode::Erased,
];

/// True when a row that is refused for this reason is refused for good.
pub fn is_final(code: ProblemCode) -> bool {
    FINAL.contains(&code)
}

/// Writes a row in a part of the transaction that is undone when the row is rejected: then the error says why.
pub async fn record(
    transaction: &DatabaseTransaction,
    context: &WriteContext,
    row: HookRow,
) -> Result<Result<ImportReport, RowRejection>, StoreError> {
    let part = begin_part(transaction).await?;
    let report = write(&part, context, row).await?;
    if let Some(rejection) = report.rejected.first() {
        let rejection = rejection.clone();
        part.rollback().await?;
        return Ok(Err(rejection));
    }
    count::add(&part, context, ImportKind::Responses, &report).await?;
    part.commit().await?;
    Ok(Ok(report))
}

async fn write(part: &DatabaseTransaction, context: &WriteContext, row: HookRow) -> Result<ImportReport, StoreError> {
    let HookRow { source, response, customer } = row;
    let mut report = ImportReport::default();
    let known = identity::by_address(part, vec![(1, (response, customer))], &mut report).await?;
    let Some((number, (response, customer))) = known.into_iter().next() else { return Ok(report) };
    let mut dimensions = DimensionTracker::load(part, context.attribute_limits).await?;
    if let Some(customer) = customer {
        // An erased customer is left out here and rejected with the response below.
        let customers = [(number, customer)];
        let written = customer::upsert_in(part, context, ("customer_id", false), &mut dimensions, &customers).await?;
        count::add(part, context, ImportKind::Customers, &written).await?;
    }
    let options = RecordOptions {
        source,
        id_field: "response_id",
        customer_field: "customer_id",
        time_field: "responded_at",
        dry_run: false,
    };
    report.absorb(response::record_in(part, context, &options, &mut dimensions, &[(number, response)]).await?);
    Ok(report)
}

/// True when one of these ids and addresses is that of an erased person.
pub async fn is_erased(transaction: &DatabaseTransaction, persons: &[String]) -> Result<bool, StoreError> {
    let Some(secret) = store::setting::existing_tombstone_secret(transaction).await? else { return Ok(false) };
    let digest = |id: &String| tombstone::digest(&secret, tombstone::ErasedKind::Customer, id);
    let digests: Vec<Vec<u8>> = persons.iter().map(digest).collect();
    Ok(!tombstone::among(transaction, &digests).await?.is_empty())
}
