//! Deriving: before a run counts, every question that a definition asks about a name kept out of profiles becomes a
//! two-valued dimension of them, and a question that no definition asks any more goes.

use std::collections::BTreeSet;

use entity::derived_dimension::Model as DerivedRow;
use entity::{Condition, ConnectionTrait, DatabaseTransaction, StoreError, store};

use super::lease::PublishingLease;
use super::{RecomputeError, RunContext};

/// What the profiles lack, and what they need not know any more.
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
        let missing = conditions.into_iter().filter(|atom| schema.derived(atom).is_none()).collect();
        Ok(Self { missing, unused })
    }
}

/// Takes the snapshot that a run sees: in it the profiles answer every question of every definition.
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
        // Somebody may define a segment before the next snapshot: then it lacks something again.
        derive(context, lease).await?;
    }
}

async fn derive(context: &RunContext, lease: &PublishingLease) -> Result<(), RecomputeError> {
    let transaction = context.database.begin_write().await?;
    lease.hold_in(&transaction).await?;
    let ConditionDifference { missing, unused } = ConditionDifference::read(&transaction).await?;
    for row in &unused {
        tracing::info!(attribute = row.name, "no definition asks this any more");
        store::derived_dimension::retire(&transaction, row.id).await?;
    }
    for condition in &missing {
        tracing::info!(attribute = condition.name, "becomes a two-valued dimension");
        store::derived_dimension::register(&transaction, condition).await?;
    }
    // That may have taken longer than the lease is held.
    lease.hold_in(&transaction).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(())
}
