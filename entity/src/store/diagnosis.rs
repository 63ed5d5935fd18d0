//! Statements that look for what cannot be: rows that contradict each other, and moments that have not come.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Statement};

use super::StoreError;
use super::lookup::rows;
use crate::run::{self, RunState};
use crate::{Day, Timestamp};

/// The moments of one day's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayExtent {
    /// The day that the answers are counted on.
    pub day: Day,
    /// The earliest moment.
    pub first: Timestamp,
    /// The latest moment.
    pub last: Timestamp,
    /// How many answers there are.
    pub responses: i64,
}

/// Rows of one table that point at rows which are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenReference {
    /// The table that points.
    pub table: String,
    /// The table that is pointed at.
    pub parent: String,
    /// How many rows do; on PostgreSQL how many rows of the parent are missing.
    pub rows: i64,
}

/// What a file's own structure is found to be: `None` when it is whole, or what SQLite says is wrong. Always `None` on
/// PostgreSQL, which offers no such check.
pub async fn damage<C: ConnectionTrait>(connection: &C) -> Result<Option<String>, StoreError> {
    if connection.get_database_backend() != DbBackend::Sqlite {
        return Ok(None);
    }
    let rows = rows(connection, "PRAGMA quick_check(1)").await?;
    let message: Option<String> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(message.filter(|said| said != "ok"))
}

/// References that lead nowhere, in one pass over the tables.
pub async fn broken_references<C: ConnectionTrait>(connection: &C) -> Result<Vec<BrokenReference>, StoreError> {
    // PostgreSQL checks references whenever a row is written, unless somebody switched that off for the session. The
    // one that the figures rest on is worth a scan.
    let sql = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT \"table\", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2"
        }
        _ => {
            "SELECT 'response', 'profile', COUNT(*) \
             FROM (SELECT profile_id FROM response EXCEPT SELECT id FROM profile) AS missing HAVING COUNT(*) > 0"
        }
    };
    let mut found = Vec::new();
    for row in rows(connection, sql).await? {
        found.push(BrokenReference {
            table: row.try_get_by_index(0)?,
            parent: row.try_get_by_index(1)?,
            rows: row.try_get_by_index(2)?,
        });
    }
    Ok(found)
}

/// The first and the last moment of every day's answers: a day's moments have no gap, so these two stand for all.
pub async fn days<C: ConnectionTrait>(connection: &C) -> Result<Vec<DayExtent>, StoreError> {
    let sql = "SELECT day, MIN(answered_at), MAX(answered_at), COUNT(*) FROM response GROUP BY day ORDER BY day";
    let mut days = Vec::new();
    for row in rows(connection, sql).await? {
        days.push(DayExtent {
            day: row.try_get_by_index(0)?,
            first: row.try_get_by_index(1)?,
            last: row.try_get_by_index(2)?,
            responses: row.try_get_by_index(3)?,
        });
    }
    Ok(days)
}

/// How many answers were given after a moment.
pub async fn responses_after<C: ConnectionTrait>(connection: &C, timestamp: Timestamp) -> Result<i64, StoreError> {
    let sql = match connection.get_database_backend() {
        DbBackend::Postgres => "SELECT COUNT(*) FROM response WHERE answered_at > $1",
        _ => "SELECT COUNT(*) FROM response WHERE answered_at > ?",
    };
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, [timestamp.into()]);
    let row = connection.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// How many values of each dimension are noted.
pub async fn recorded_values<C: ConnectionTrait>(connection: &C) -> Result<BTreeMap<String, i64>, StoreError> {
    by_name(connection, "SELECT name, COUNT(*) FROM dimension_value GROUP BY name").await
}

/// How many noted values of each dimension no profile and no customer has, in one pass over both.
pub async fn unused_values<C: ConnectionTrait>(connection: &C) -> Result<BTreeMap<String, i64>, StoreError> {
    let each = match connection.get_database_backend() {
        DbBackend::Postgres => "jsonb_each_text",
        _ => "json_each",
    };
    let held = |table: &str| format!("SELECT held.key, held.value FROM {table}, {each}({table}.attributes) AS held");
    let sql = format!(
        "SELECT name, COUNT(*) FROM (SELECT name, value FROM dimension_value EXCEPT {} EXCEPT {}) AS unused GROUP BY name",
        held("profile"),
        held("customer")
    );
    by_name(connection, &sql).await
}

/// The runs that are marked as being at work, oldest first.
pub async fn running<C: ConnectionTrait>(connection: &C) -> Result<Vec<run::Model>, StoreError> {
    let select = run::Entity::find().filter(run::Column::State.eq(RunState::Running));
    Ok(select.order_by_asc(run::Column::Id).all(connection).await?)
}

/// The latest moment at which a run started or ended; `None` before the first.
pub async fn newest_run_timestamp<C: ConnectionTrait>(connection: &C) -> Result<Option<Timestamp>, StoreError> {
    let found = rows(connection, "SELECT MAX(started_at), MAX(finished_at) FROM run").await?;
    let Some(row) = found.first() else { return Ok(None) };
    let (started, finished): (Option<Timestamp>, Option<Timestamp>) =
        (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(started.max(finished))
}

/// The moment by the clock of the database's server; `None` on SQLite, which has none of its own.
pub async fn clock<C: ConnectionTrait>(connection: &C) -> Result<Option<Timestamp>, StoreError> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let found = rows(connection, "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint").await?;
    Ok(found.first().map(|row| row.try_get_by_index(0)).transpose()?)
}

async fn by_name<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut found = BTreeMap::new();
    for row in rows(connection, sql).await? {
        found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    Ok(found)
}
