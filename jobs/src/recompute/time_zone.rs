//! The change of the reporting time zone.

use chrono_tz::Tz;
use entity::{Calendar, Database, Day, StoreError, store};

/// Changes the reporting time zone: the day of every response is computed again, and every week is stale until the next
/// run. Returns the new calendar.
pub async fn change_time_zone(database: &Database, zone: Tz) -> Result<Calendar, StoreError> {
    let calendar = Calendar { zone };
    let transaction = database.begin_write().await?;
    store::setting::change_time_zone(&transaction, zone).await?;
    let before = store::tally::extent(&transaction).await?;
    store::response::redate(&transaction, calendar).await?;
    let after = store::tally::extent(&transaction).await?;
    if let Some((first, end)) = before.into_iter().chain(after).reduce(|one, two| (one.0.min(two.0), one.1.max(two.1)))
    {
        store::stale_week::mark(&transaction, (first.0..end.0).map(Day)).await?;
    }
    transaction.commit().await?;
    Ok(calendar)
}
