//! Statements on the maintenance of a database: its size, its free pages, its statistics.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, DbBackend};

use super::StoreError;
use super::lookup::rows;

/// The state of a table of a PostgreSQL database, by the server's statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresTableState {
    /// The name of the table.
    pub name: String,
    /// Its size without indexes, in bytes.
    pub bytes: i64,
    /// The estimated number of rows.
    pub live_rows: i64,
    /// The estimated number of rows that were updated or deleted and still take up space.
    pub dead_rows: i64,
    /// True once the table was analyzed or vacuumed.
    pub is_analyzed: bool,
    /// The number of pages when it was last vacuumed or analyzed.
    pub pages: i64,
    /// The number of pages that an index-only scan need not visit.
    pub visible_pages: i64,
}

/// The state of a SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteFileState {
    /// The number of pages in the file.
    pub pages: i64,
    /// The number of unused pages.
    pub free_pages: i64,
    /// The size of a page in bytes.
    pub page_bytes: i64,
    /// The journal mode; `wal` in every file that needle made.
    pub journal_mode: String,
    /// The number of responses when the file was last analyzed; `None` when it never was.
    pub analyzed_responses: Option<i64>,
    /// The greatest id of a response, which is at least the number of responses; 0 without any.
    pub newest_response_id: i64,
}

/// The file of a SQLite database; `None` on PostgreSQL.
pub async fn file<C: ConnectionTrait>(connection: &C) -> Result<Option<PathBuf>, StoreError> {
    if connection.get_database_backend() != DbBackend::Sqlite {
        return Ok(None);
    }
    let file: Option<String> = first(connection, "SELECT file FROM pragma_database_list WHERE name = 'main'").await?;
    Ok(file.filter(|file| !file.is_empty()).map(PathBuf::from))
}

/// The size of a PostgreSQL database in bytes; `None` on SQLite.
pub async fn database_bytes<C: ConnectionTrait>(connection: &C) -> Result<Option<i64>, StoreError> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    first(connection, "SELECT pg_database_size(current_database())").await
}

/// The tables of a PostgreSQL database, by name; none on SQLite.
pub async fn tables<C: ConnectionTrait>(connection: &C) -> Result<Vec<PostgresTableState>, StoreError> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let sql = "SELECT statistics.relname::text, pg_relation_size(class.oid), statistics.n_live_tup, statistics.n_dead_tup, \
               class.reltuples >= 0, class.relpages::bigint, class.relallvisible::bigint \
               FROM pg_stat_user_tables statistics JOIN pg_class class ON class.oid = statistics.relid \
               WHERE statistics.schemaname = current_schema() ORDER BY 1";
    let mut tables = Vec::new();
    for row in rows(connection, sql).await? {
        tables.push(PostgresTableState {
            name: row.try_get_by_index(0)?,
            bytes: row.try_get_by_index(1)?,
            live_rows: row.try_get_by_index(2)?,
            dead_rows: row.try_get_by_index(3)?,
            is_analyzed: row.try_get_by_index(4)?,
            pages: row.try_get_by_index(5)?,
            visible_pages: row.try_get_by_index(6)?,
        });
    }
    Ok(tables)
}

/// The state of a SQLite file; `None` on PostgreSQL.
pub async fn file_state<C: ConnectionTrait>(connection: &C) -> Result<Option<SqliteFileState>, StoreError> {
    if connection.get_database_backend() != DbBackend::Sqlite {
        return Ok(None);
    }
    let has_statistics: Option<i64> =
        first(connection, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_stat1'").await?;
    let mut analyzed_responses = None;
    if has_statistics.is_some_and(|count| count > 0) {
        let statistic: Option<String> =
            first(connection, "SELECT stat FROM sqlite_stat1 WHERE tbl = 'response' AND idx IS NOT NULL LIMIT 1")
                .await?;
        // The first number is the number of the table's rows.
        analyzed_responses = statistic.and_then(|text| text.split(' ').next()?.parse().ok());
    }
    Ok(Some(SqliteFileState {
        pages: first(connection, "PRAGMA page_count").await?.unwrap_or_default(),
        free_pages: first(connection, "PRAGMA freelist_count").await?.unwrap_or_default(),
        page_bytes: first(connection, "PRAGMA page_size").await?.unwrap_or_default(),
        journal_mode: first(connection, "PRAGMA journal_mode").await?.unwrap_or_default(),
        analyzed_responses,
        newest_response_id: first(connection, "SELECT COALESCE(MAX(id), 0) FROM response").await?.unwrap_or_default(),
    }))
}

async fn first<C: ConnectionTrait, T: sea_orm::TryGetable>(connection: &C, sql: &str) -> Result<Option<T>, StoreError> {
    let rows = rows(connection, sql).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?)
}
