//! Removing erased data from the files of the database. In the tables it is gone with the erasure; SQLite's log keeps it
//! while a reader is in progress, and PostgreSQL's files until the tables are written anew.
//!
//! What is still to be done is in the database, so that a restart goes on with it.

use chrono::NaiveTime;
use entity::pending_removal::Model as PendingRemoval;
use entity::{Calendar, Database, DatabaseTransaction, StoreError, Timestamp, store};

use crate::target::WriteContext;

/// The hour of the reporting time zone from which on tables of PostgreSQL are written anew: nobody can read them meanwhile.
const NIGHT_HOUR: u32 = 3;

/// The tables that hold something of a person, the small ones first.
const TABLES: [&str; 12] = [
    "primary_declaration",
    "hook_delivery",
    "decision",
    "audit_entry",
    "left_profile",
    "import",
    "dimension_value",
    "customer",
    "import_change",
    "comment",
    "profile",
    "response",
];

/// Records an erasure, in its transaction. Returns from when on the files are cleared.
pub async fn add(transaction: &DatabaseTransaction, context: &WriteContext) -> Result<Timestamp, StoreError> {
    let now = context.now;
    let due = if context.database.is_sqlite() { now } else { next_night(context.calendar, now) };
    store::pending_removal::add(transaction, now, due).await?;
    Ok(due)
}

/// Three o'clock of the next night in the reporting time zone, when nobody minds what takes a while.
pub fn next_night(calendar: Calendar, now: Timestamp) -> Timestamp {
    let night = NaiveTime::from_hms_opt(NIGHT_HOUR, 0, 0).unwrap_or_default();
    let of_day = |day: entity::Day| calendar.at_local(day.to_date().and_time(night));
    let today = calendar.day_of(now);
    let tonight = of_day(today);
    if tonight > now { tonight } else { of_day(today.plus_days(1)) }
}

/// Removes what is due. Returns false when something is left, which is not due or was in use: call it again later.
pub async fn remove_due(database: &Database, now: Timestamp) -> Result<bool, StoreError> {
    let pending = store::pending_removal::all(database.reader()).await?;
    let Some(last) = pending.last() else { return Ok(true) };
    let is_due = |removal: &PendingRemoval| removal.due_at <= now;
    if !pending.iter().any(is_due) || !database.cut_log().await? || !database.rewrite_tables(&TABLES).await? {
        return Ok(false);
    }
    let transaction = database.begin_write().await?;
    store::pending_removal::done(&transaction, last.id).await?;
    transaction.commit().await?;
    Ok(true)
}
