//! How many answers gave each score, by profile.

use futures_util::TryStreamExt;
use sea_orm::{DatabaseTransaction, StreamTrait};

use super::{StoreError, scored};
use crate::Day;
use crate::profile::ProfileId;

/// How many answers of a profile gave a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bar {
    /// Who the customers were when answering.
    pub profile: ProfileId,
    /// 0 to 10.
    pub score: i16,
    /// How many.
    pub answers: i64,
}

/// One scan of the covering index: the scored answers of the days in `from..until`, in any order.
pub async fn bars(snapshot: &DatabaseTransaction, from: Day, until: Day) -> Result<Vec<Bar>, StoreError> {
    let statement = scored::select(snapshot, "profile_id, score, COUNT(*)", "GROUP BY profile_id, score", from, until);
    let mut rows = snapshot.stream_raw(statement).await?;
    let mut bars = Vec::new();
    while let Some(row) = rows.try_next().await? {
        bars.push(Bar {
            profile: row.try_get_by_index(0)?,
            score: row.try_get_by_index(1)?,
            answers: row.try_get_by_index(2)?,
        });
    }
    Ok(bars)
}
