//! Rows that are refused by what is known beside them: the days that are possible, and who was erased.

use entity::store::{self, tombstone};
use entity::{DatabaseTransaction, StoreError};

use super::RecordOptions;
use crate::day;
use crate::outcome::ImportReport;
use crate::problem::{InputProblem, ProblemCode};
use crate::record::ResponseRecord;
use crate::target::WriteContext;

/// Rejects responses that nobody can have given yet, and those of placeholder dates.
pub(super) fn reject_misdated<'a>(
    context: &WriteContext,
    options: &RecordOptions<'_>,
    rows: &'a [(u64, ResponseRecord)],
    report: &mut ImportReport,
) -> Vec<&'a (u64, ResponseRecord)> {
    let today = context.calendar.day_of(context.now);
    let mut dated = Vec::with_capacity(rows.len());
    for row in rows {
        match day::check_event(options.time_field, context.calendar.day_of(row.1.answered_at), today) {
            Ok(()) => dated.push(row),
            Err(problem) => report.reject(row.0, problem),
        }
    }
    dated
}

/// Rejects responses of erased people, and those whose own id was erased.
pub(super) async fn reject_erased<'a>(
    transaction: &DatabaseTransaction,
    options: &RecordOptions<'_>,
    rows: Vec<&'a (u64, ResponseRecord)>,
    report: &mut ImportReport,
) -> Result<Vec<&'a (u64, ResponseRecord)>, StoreError> {
    let Some(secret) = store::setting::existing_tombstone_secret(transaction).await? else {
        return Ok(rows);
    };
    let digests_of = |record: &ResponseRecord| {
        let response = tombstone::digest(&secret, tombstone::ErasedKind::Response(options.source), &record.external_id);
        let customer =
            record.customer.as_ref().map(|id| tombstone::digest(&secret, tombstone::ErasedKind::Customer, id));
        (response, customer)
    };
    let digests: Vec<Vec<u8>> = rows
        .iter()
        .flat_map(|(_, record)| {
            let (response, customer) = digests_of(record);
            [Some(response), customer].into_iter().flatten()
        })
        .collect();
    let erased = tombstone::among(transaction, &digests).await?;
    let mut living = Vec::with_capacity(rows.len());
    for row in rows {
        let (response, customer) = digests_of(&row.1);
        if customer.is_some_and(|digest| erased.contains(&digest)) {
            report.reject(
                row.0,
                InputProblem::new(ProblemCode::Erased, options.customer_field, "this customer was erased"),
            );
        } else if erased.contains(&response) {
            report.reject(
                row.0,
                InputProblem::new(ProblemCode::Erased, options.id_field, "this response's customer was erased"),
            );
        } else {
            living.push(row);
        }
    }
    Ok(living)
}
