//! Statements that find inconsistent rows: rows that contradict each other, and timestamps in the future.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, Statement};

use super::StoreError;
use super::lookup::rows;
use crate::run::{self, RunState};
use crate::{Day, Timestamp};

/// The timestamps of the responses of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayExtent {
    /// The day on which the responses are counted.
    pub day: Day,
    /// The earliest timestamp.
    pub first: Timestamp,
    /// The latest timestamp.
    pub last: Timestamp,
    /// The number of responses.
    pub responses: i64,
}

/// Rows of one table that refer to rows which do not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenReference {
    /// The table with the reference.
    pub table: String,
    /// The table that it refers to.
    pub parent: String,
    /// The number of rows with a broken reference; on PostgreSQL the number of missing rows of the parent.
    pub rows: i64,
}

/// Addresses that several customers have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedAddresses {
    /// How many there are.
    pub addresses: u64,
    /// The ids of two customers with the same one; `None` when there are none.
    pub example: Option<(String, String)>,
}

/// The addresses that several customers have, whatever their case.
pub async fn shared_addresses<C: ConnectionTrait>(connection: &C) -> Result<SharedAddresses, StoreError> {
    let sql = "SELECT MIN(external_id), MAX(external_id) FROM customer WHERE email IS NOT NULL \
               GROUP BY LOWER(email) HAVING COUNT(*) > 1 ORDER BY 1";
    let found = rows(connection, sql).await?;
    let example = found.first().map(|row| Ok::<_, DbErr>((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    Ok(SharedAddresses { addresses: found.len() as u64, example: example.transpose()? })
}

/// Checks the structure of a SQLite file and compares its indexes with its tables, in about the time that reading the file
/// takes: `None` when it is intact, otherwise SQLite's description of the damage. Always `None` on PostgreSQL, which offers no
/// such check.
pub async fn damage<C: ConnectionTrait>(connection: &C) -> Result<Option<String>, StoreError> {
    if connection.get_database_backend() != DbBackend::Sqlite {
        return Ok(None);
    }
    let rows = rows(connection, "PRAGMA integrity_check(1)").await?;
    let message: Option<String> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(message.filter(|message| message != "ok"))
}

/// For how many seconds a session of PostgreSQL has kept the writers' lock without a statement: `None` when none does,
/// when the role may not see that, and on SQLite.
pub async fn idle_writer_seconds<C: ConnectionTrait>(connection: &C) -> Result<Option<f64>, StoreError> {
    if connection.get_database_backend() == DbBackend::Sqlite {
        return Ok(None);
    }
    let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp() - session.state_change) AS double precision) \
         FROM pg_locks AS held JOIN pg_stat_activity AS session ON session.pid = held.pid \
         WHERE held.locktype = 'advisory' AND held.granted AND session.datname = current_database() \
         AND held.database = session.datid AND session.state LIKE 'idle in transaction%'";
    Ok(rows(connection, sql).await?.first().map(|row| row.try_get_by_index(0)).transpose()?)
}

/// The broken references of all tables, in one pass over them.
pub async fn broken_references<C: ConnectionTrait>(connection: &C) -> Result<Vec<BrokenReference>, StoreError> {
    // PostgreSQL checks references whenever a row is written, unless that was switched off for the session. The one
    // reference that the scores are based on is worth a scan.
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

/// The first and the last timestamp of each day's responses. A day is one contiguous span of time, so checking these
/// two is enough.
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

/// The number of responses after a timestamp.
pub async fn responses_after<C: ConnectionTrait>(connection: &C, timestamp: Timestamp) -> Result<i64, StoreError> {
    let sql = match connection.get_database_backend() {
        DbBackend::Postgres => "SELECT COUNT(*) FROM response WHERE answered_at > $1",
        _ => "SELECT COUNT(*) FROM response WHERE answered_at > ?",
    };
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, [timestamp.into()]);
    let row = connection.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// The number of values that are recorded for each dimension.
pub async fn recorded_values<C: ConnectionTrait>(connection: &C) -> Result<BTreeMap<String, i64>, StoreError> {
    by_name(connection, "SELECT name, COUNT(*) FROM dimension_value GROUP BY name").await
}

/// The number of recorded values of each dimension that no profile and no customer has, in one pass over both.
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

/// The runs that are marked as running, oldest first.
pub async fn running<C: ConnectionTrait>(connection: &C) -> Result<Vec<run::Model>, StoreError> {
    let select = run::Entity::find().filter(run::Column::State.eq(RunState::Running));
    Ok(select.order_by_asc(run::Column::Id).all(connection).await?)
}

/// The latest timestamp at which a run started or ended; `None` before the first run.
pub async fn newest_run_timestamp<C: ConnectionTrait>(connection: &C) -> Result<Option<Timestamp>, StoreError> {
    let found = rows(connection, "SELECT MAX(started_at), MAX(finished_at) FROM run").await?;
    let Some(row) = found.first() else { return Ok(None) };
    let (started, finished): (Option<Timestamp>, Option<Timestamp>) =
        (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(started.max(finished))
}

/// The present time by the clock of the database server; `None` on SQLite, which has no server.
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
