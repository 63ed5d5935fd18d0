//! The number of responses by profile and score.

use futures_util::TryStreamExt;
use sea_orm::{DatabaseTransaction, StreamTrait};

use super::{StoreError, scored_response};
use crate::Day;
use crate::profile::ProfileId;

/// The number of responses of one profile with one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileScoreCount {
    /// The profile of the responses.
    pub profile: ProfileId,
    /// The score, 0 to 10.
    pub score: i16,
    /// The number of responses.
    pub responses: i64,
}

/// One scan of the covering index: the scored responses of the days in `from..until`, in any order.
pub async fn score_counts(
    snapshot: &DatabaseTransaction,
    from: Day,
    until: Day,
) -> Result<Vec<ProfileScoreCount>, StoreError> {
    let statement =
        scored_response::select(snapshot, "profile_id, score, COUNT(*)", "GROUP BY profile_id, score", from, until);
    let mut rows = snapshot.stream_raw(statement).await?;
    let mut bars = Vec::new();
    while let Some(row) = rows.try_next().await? {
        bars.push(ProfileScoreCount {
            profile: row.try_get_by_index(0)?,
            score: row.try_get_by_index(1)?,
            responses: row.try_get_by_index(2)?,
        });
    }
    Ok(bars)
}
