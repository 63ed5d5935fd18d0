//! The statement that reads single responses of customers who can be recognised again.
//!
//! The responses of an erased person have no customer any more, so that they are never among these.

use futures_util::TryStreamExt;
use sea_orm::{DatabaseTransaction, StreamTrait};

use super::{StoreError, scored_response};
use crate::Day;
use crate::customer::CustomerId;
use crate::profile::ProfileId;

/// A scored response with a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScoredResponse {
    /// The day of the response, in the reporting time zone.
    pub day: Day,
    /// The customer who responded.
    pub customer: CustomerId,
    /// The profile of the response.
    pub profile: ProfileId,
    /// The score, 0 to 10.
    pub score: i16,
}

/// One scan of the covering index: the scored responses with a customer on the days in `from..until`, in any order.
///
/// PostgreSQL may prefer to scan the table when the days are most of it.
pub async fn scan(
    snapshot: &DatabaseTransaction,
    from: Day,
    until: Day,
    mut each: impl FnMut(ScoredResponse),
) -> Result<(), StoreError> {
    let columns = "day, customer_id, profile_id, score";
    let statement = scored_response::select(snapshot, columns, "AND customer_id IS NOT NULL", from, until);
    let mut rows = snapshot.stream_raw(statement).await?;
    while let Some(row) = rows.try_next().await? {
        each(ScoredResponse {
            day: row.try_get_by_index(0)?,
            customer: row.try_get_by_index(1)?,
            profile: row.try_get_by_index(2)?,
            score: row.try_get_by_index(3)?,
        });
    }
    Ok(())
}
