//! Reviews: whether every one and its weekly series can be read.

use entity::StoreError;
use entity::decision_review::ReviewId;
use entity::store::{self, CHUNK};

use super::{AreaFindings, DoctorContext, DoctorError, DoctorFinding, count_of};

/// The number of reviews that are named; the others are counted.
const NAMED: usize = 10;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let ids = store::decision_review::ids(context.database.reader()).await?;
    let mut failures = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        // One that cannot be read fails the whole chunk: each is then read separately.
        if read(context, chunk).await?.is_none() {
            continue;
        }
        for id in chunk {
            failures.extend(read(context, &[*id]).await?);
        }
    }
    if failures.is_empty() {
        return Ok(vec![DoctorFinding::ok(format!("{} can be read", count_of(ids.len(), "review")))]);
    }
    let advice = "restore the newest backup";
    let rest = failures.len().saturating_sub(NAMED);
    let mut findings: Vec<DoctorFinding> = failures
        .into_iter()
        .take(NAMED)
        .map(|failure| DoctorFinding::problem("damaged-review", failure.to_string(), advice))
        .collect();
    if rest > 0 {
        let message = format!("{} more cannot be read", count_of(rest, "review"));
        findings.push(DoctorFinding::problem("damaged-review", message, advice));
    }
    Ok(findings)
}

/// Why one of these reviews cannot be read; `None` when all can.
async fn read(context: &DoctorContext, ids: &[ReviewId]) -> Result<Option<StoreError>, DoctorError> {
    match read_whole(context, ids).await {
        Ok(()) => Ok(None),
        Err(error) if error.is_about_a_row() => Ok(Some(error)),
        Err(error) => Err(error.into()),
    }
}

async fn read_whole(context: &DoctorContext, ids: &[ReviewId]) -> Result<(), StoreError> {
    let reader = context.database.reader();
    let reviews = store::decision_review::by_ids(reader, ids).await?;
    let series = store::review_series::by_reviews(reader, ids).await?;
    for (id, review) in &reviews {
        store::review_series::unpack(reader, review, series.get(id)).await?;
    }
    Ok(())
}
