//! The connection: one writer and a pool of readers on SQLite, one pool on PostgreSQL.
//!
//! Every write goes through [`Database::begin_write`]. On SQLite that is `BEGIN IMMEDIATE` on the only writing
//! connection, because a deferred transaction that reads before it writes fails under concurrency.

use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::store::StoreError;

/// How many readers a process opens.
const READERS: u32 = 8;

/// How long a writer waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_mins(1);

/// How long a connection to a PostgreSQL that does not answer is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many connections somebody opens who only looks.
const INSPECTORS: u32 = 2;

/// How long somebody who only looks waits for a lock on a file.
const INSPECTOR_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The parameters of an address that hold no secret.
const PLAIN_PARAMETERS: [&str; 6] = ["cache", "dbname", "host", "mode", "port", "sslmode"];

/// What a writing transaction on PostgreSQL begins with.
///
/// One writer at a time, as on SQLite: writers read rows, merge what they were told and write whole rows back, and
/// none may lose what another wrote meanwhile. The lock ends with the transaction and survives no crash. Writers look
/// rows up by lists of keys; on a table that grew since its last ANALYZE the planner would rather scan it and compare
/// every row with every key: 2.5 s instead of 10 ms for 1,000 keys in 50,000 rows.
const POSTGRES_WRITE: &str = "SELECT pg_advisory_xact_lock(7310868735421377893); SET LOCAL enable_seqscan = off";

/// One database, on SQLite or PostgreSQL.
#[derive(Clone, Debug)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

impl Database {
    /// Connects to `sqlite://...` or `postgres://...`.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = open(url, READERS, CONNECT_TIMEOUT, true).await?;
            return Ok(Self { writer: pool.clone(), reader: pool });
        }
        if !url.starts_with("sqlite:") {
            return Err(StoreError::UnknownDatabase { url: without_password(url) });
        }
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::InMemory);
        }
        // The writer first: it creates the file that the readers open.
        let writer = open(url, 1, BUSY_TIMEOUT, true).await?;
        let reader = open(url, READERS, BUSY_TIMEOUT, false).await?;
        Ok(Self { writer, reader })
    }

    /// Connects to look and to change nothing: no file is made, no setting of it changed, and every write is refused.
    pub async fn inspect(url: &str) -> Result<Self, StoreError> {
        if !["postgres://", "postgresql://", "sqlite:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(StoreError::UnknownDatabase { url: without_password(url) });
        }
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::InMemory);
        }
        let mut options = ConnectOptions::new(url.to_owned());
        options
            .max_connections(INSPECTORS)
            .acquire_timeout(CONNECT_TIMEOUT)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite.read_only(true).create_if_missing(false).busy_timeout(INSPECTOR_BUSY_TIMEOUT)
            })
            .map_sqlx_postgres_opts(|postgres| postgres.options([("default_transaction_read_only", "on")]));
        let connected = sea_orm::Database::connect(options).await;
        let reader = connected.map_err(|source| StoreError::Connect { url: without_password(url), source })?;
        Ok(Self { writer: reader.clone(), reader })
    }

    /// The kind of database.
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// The connection for single reads.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connection for migrations and statements outside a transaction.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Starts a writing transaction. Abandon it on its first error: SQLite may have rolled it back already.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.writer.begin_with_options(immediate).await?;
        if self.backend() == DbBackend::Postgres {
            transaction.execute_unprepared(POSTGRES_WRITE).await?;
        }
        Ok(transaction)
    }

    /// Starts a reading transaction in which every statement sees the same snapshot.
    pub async fn begin_snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = match self.backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            _ => TransactionOptions::default(),
        };
        Ok(self.reader.begin_with_options(options).await?)
    }

    /// Makes what was deleted unreadable on the disk: SQLite's write-ahead log keeps old pages until it is cut.
    ///
    /// A reader that is under way may hold part of the log a while longer; the next call, or its own end, cuts it.
    pub async fn cut_log(&self) -> Result<(), StoreError> {
        if self.backend() == DbBackend::Sqlite {
            self.writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(self) -> Result<(), StoreError> {
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

async fn open(
    url: &str,
    connections: u32,
    acquire_timeout: Duration,
    writes: bool,
) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(connections).acquire_timeout(acquire_timeout).sqlx_logging(false).map_sqlx_sqlite_opts(
        move |sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                // Erased text must not survive in free pages.
                .pragma("secure_delete", "ON")
                // In KiB, where negative. Bulk loads touch pages all over the indexes.
                .pragma("cache_size", if writes { "-65536" } else { "-8192" })
        },
    );
    sea_orm::Database::connect(options)
        .await
        .map_err(|source| StoreError::Connect { url: without_password(url), source })
}

/// The address without its credentials, for messages.
pub fn without_password(url: &str) -> String {
    let (place, parameters) = url.split_once('?').map_or((url, None), |(place, rest)| (place, Some(rest)));
    let mut address = match (place.split_once("://"), place.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://...@{host}"),
        (None, Some((_, host))) => format!("...@{host}"),
        _ => place.to_owned(),
    };
    for (at, parameter) in parameters.into_iter().flat_map(|parameters| parameters.split('&')).enumerate() {
        let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
        address.push(if at == 0 { '?' } else { '&' });
        if PLAIN_PARAMETERS.contains(&name) {
            address.push_str(parameter);
        } else {
            address.push_str(name);
            address.push_str("=...");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_message_has_no_password_wherever_it_stood() {
        for (url, shown) in [
            ("postgres://needle:secret@host/db", "postgres://...@host/db"),
            ("postgres://host/db?password=secret&sslmode=require", "postgres://host/db?password=...&sslmode=require"),
            ("postgres://u:se@cret@host/db?p%61ssword=secret", "postgres://...@host/db?p%61ssword=..."),
            ("sqlite://needle.db?mode=rwc", "sqlite://needle.db?mode=rwc"),
            ("needle:secret@host", "...@host"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
