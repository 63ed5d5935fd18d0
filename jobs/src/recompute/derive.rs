//! Derived dimensions: before a run counts, every condition of a segment definition on a high-cardinality attribute is
//! registered as a Boolean attribute of profiles, and conditions that no definition uses any more are retired.

use std::collections::BTreeSet;

use entity::derived_dimension::Model as DerivedRow;
use entity::{Condition, ConnectionTrait, DatabaseTransaction, StoreError, store};

use super::lease::PublishingLease;
use super::{RecomputeError, RunContext};

/// The conditions that profiles do not store yet, and the derived dimensions that no definition uses.
struct ConditionDifference {
    missing: Vec<Condition>,
    unused: Vec<DerivedRow>,
}

impl ConditionDifference {
    async fn read<C: ConnectionTrait>(connection: &C) -> Result<Self, StoreError> {
        let schema = store::dimension::profile_schema(connection).await?;
        let conditions: BTreeSet<Condition> = store::segment::filters_in_use(connection)
            .await?
            .iter()
            .flat_map(|filter| schema.conditions(filter))
            .collect();
        let derived = store::derived_dimension::all(connection).await?;
        let unused = derived
            .into_iter()
            .filter(|row| row.condition().is_none_or(|condition| !conditions.contains(&condition)))
            .collect();
        let missing = conditions.into_iter().filter(|condition| schema.derived(condition).is_none()).collect();
        Ok(Self { missing, unused })
    }
}

/// Begins the snapshot that a run reads: in it the profiles store every condition of every definition.
pub async fn begin_snapshot(
    context: &RunContext,
    lease: &PublishingLease,
) -> Result<DatabaseTransaction, RecomputeError> {
    loop {
        let snapshot = context.database.begin_snapshot().await?;
        let difference = ConditionDifference::read(&snapshot).await?;
        if difference.missing.is_empty() && difference.unused.is_empty() {
            return Ok(snapshot);
        }
        snapshot.rollback().await.map_err(StoreError::from)?;
        // A segment may be defined before the next snapshot: then a condition is missing again.
        derive(context, lease).await?;
    }
}

async fn derive(context: &RunContext, lease: &PublishingLease) -> Result<(), RecomputeError> {
    let transaction = context.database.begin_write().await?;
    lease.hold_in(&transaction).await?;
    let ConditionDifference { missing, unused } = ConditionDifference::read(&transaction).await?;
    for row in &unused {
        tracing::info!(attribute = row.name, "no definition uses this condition any more");
        store::derived_dimension::retire(&transaction, row.id).await?;
    }
    for condition in &missing {
        tracing::info!(attribute = condition.name, "a condition is derived as a Boolean dimension");
        store::derived_dimension::register(&transaction, condition).await?;
    }
    // Deriving may have taken longer than the lease lasts.
    lease.hold_in(&transaction).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}
