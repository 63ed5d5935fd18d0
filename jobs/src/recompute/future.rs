//! Runs dated after the day on which they ran. Older versions accepted them: their reviews count as the newest, so that no
//! later run replaced them. A run takes back what they published before it does anything else.

use std::collections::BTreeSet;

use entity::decision::DecisionId;
use entity::store::run::MisdatedRun;
use entity::{StoreError, store};

use super::lease::PublishingLease;
use super::publish::VERSION_KEPT_SECONDS;
use super::{RecomputeError, RunContext};

/// Removes what runs dated into the future published: reviews, scores of weeks that were not complete, and the day of the
/// published version.
pub async fn take_back(context: &RunContext, lease: &PublishingLease) -> Result<(), RecomputeError> {
    let now = context.clock.now();
    let misdated = store::run::misdated(context.database.reader(), context.calendar.get(), now).await?;
    if misdated.is_empty() {
        return Ok(());
    }
    let transaction = context.database.begin_write().await?;
    lease.hold_in(&transaction).await?;
    let mut reviewed: BTreeSet<DecisionId> = BTreeSet::new();
    for MisdatedRun { id, ran_on } in &misdated {
        reviewed.extend(store::decision_review::delete_after(&transaction, *id, *ran_on).await?);
    }
    let published = store::publication::current(&transaction).await?;
    let of_published = |publication: &entity::publication::Model| {
        misdated.iter().find(|run| run.id == publication.run_id).map(|run| run.ran_on)
    };
    let ran_on = published.as_ref().and_then(of_published);
    if let Some((publication, ran_on)) = published.zip(ran_on).filter(|(published, day)| published.as_of > *day) {
        store::segment_score::delete_from(&transaction, ran_on.monday()).await?;
        let publication = entity::publication::Model { as_of: ran_on, ..publication };
        store::publication::put(&transaction, publication).await?;
    } else if reviewed.is_empty() {
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(());
    }
    let reviewed = Vec::from_iter(reviewed);
    let kept_since = now.plus_seconds(-VERSION_KEPT_SECONDS);
    store::decision_standing::write_edition(&transaction, &reviewed, now, kept_since).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    tracing::warn!(
        decisions = reviewed.len(),
        "reviews of runs that were dated into the future are taken back, and the decisions reviewed again"
    );
    Ok(())
}
