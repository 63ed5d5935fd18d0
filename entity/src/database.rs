//! The connection: one writer and a pool of readers on SQLite, one pool on PostgreSQL.
//!
//! Every write goes through [`Database::begin_write`]. On SQLite that is `BEGIN IMMEDIATE` on the only writing
//! connection, because a deferred transaction that reads before it writes fails under concurrency.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{AssertSqlSafe, Connection as _, Error as DriverError, Executor as _, Row as _};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::address::{check_address, without_password};
use crate::store::{self, StoreError};

/// How many connections the pool of a process's readers has.
const READERS: u32 = 8;

/// How long a writer waits for another process's transaction; on PostgreSQL, for a connection of its own pool.
const BUSY_TIMEOUT: Duration = Duration::from_mins(1);

/// What a connection begins with that truncates the log of SQLite: it waits for readers no longer than this, as all
/// writers wait meanwhile.
const CUT_SETTINGS: &str = "PRAGMA busy_timeout = 50";

/// What a session begins with that writes tables anew: it gives up on a table that is in use, as whoever comes later
/// waits behind it.
const REWRITE_SETTINGS: &str = "SET lock_timeout = 500";

/// How long a connection to a PostgreSQL server that does not reply is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many writers of a process hold the lock on PostgreSQL or wait for it there, in a separate pool: readers never wait
/// for them. The others wait in the process: each session of a suspended process that gets the lock holds it until
/// PostgreSQL ends the session, and together they must not outlast those who wait behind them.
const POSTGRES_WRITERS: u32 = 2;

/// How long a reader waits for a connection to PostgreSQL: whoever asks hears within a second that there is none.
const READER_TIMEOUT: Duration = Duration::from_secs(1);

/// How many connections of a process on PostgreSQL renew leases and claims.
const KEEPERS: u32 = 2;

/// The way of SQLite to files that keeps the index of the log in memory and all other processes out.
const ALONE_VFS: &str = "unix-excl";

/// How many connections a read-only inspection opens.
const INSPECTORS: u32 = 2;

/// How long a read-only inspection waits for a lock on a file.
const INSPECTOR_BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a writing transaction on PostgreSQL begins with.
///
/// One writer at a time, as on SQLite: writers read rows, merge new values into them and write whole rows back, and
/// none may lose what another wrote meanwhile. The lock ends with the transaction and survives no crash. Writers find
/// rows by lists of keys; on a table that grew since its last ANALYZE the planner prefers to scan it and to compare
/// every row with every key: 2.5 s instead of 10 ms for 1,000 keys in 50,000 rows.
///
/// A writer that is suspended inside its transaction would hold the lock for as long as it is suspended: PostgreSQL ends
/// its session after 20 seconds, before those who wait for the lock give up, and as soon when it does not read what it
/// asked for. Keep-alives detect a writer whose machine is gone within seconds. The settings end with the transaction,
/// so that a transaction pooler can be in between.
const POSTGRES_WRITE: &str = "SET LOCAL idle_in_transaction_session_timeout = 20000; SET LOCAL lock_timeout = 60000; \
     SET LOCAL tcp_keepalives_idle = 10; SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 3; \
     SET LOCAL tcp_user_timeout = 20000; SELECT pg_advisory_xact_lock(7310868735421377893); \
     SET LOCAL enable_seqscan = off";

/// What every session of PostgreSQL begins with: it does not outlive by much a process that is suspended or whose
/// machine is gone.
///
/// A snapshot that is left open keeps its locks, behind which a migration waits and behind that everybody, and the rows
/// that VACUUM would remove. A session that sends to a process that does not read is not idle: there the timeout of TCP
/// ends it.
const POSTGRES_SESSION: &str = "SET idle_in_transaction_session_timeout = 60000; \
     SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; \
     SET tcp_user_timeout = 60000";

/// One database, on SQLite or PostgreSQL.
#[derive(Clone, Debug)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    keeper: DatabaseConnection,
    sharing: FileSharing,
}

/// Whether other processes may use the file of SQLite at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileSharing {
    /// They may. The index of the log is a file, which needs room on the disk.
    Shared,
    /// They may not: the index of the log is in the memory of this process.
    Alone,
}

/// Starts a part of a transaction, which can be undone by itself.
pub async fn begin_part(transaction: &DatabaseTransaction) -> Result<DatabaseTransaction, StoreError> {
    Ok(transaction.begin().await?)
}

impl Database {
    /// Connects to `sqlite://...` or `postgres://...`.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        check_address(url)?;
        let sharing = FileSharing::Shared;
        if !url.starts_with("sqlite:") {
            // The readers first: they notice soon that there is no server.
            let reader = open_reader(url).await?;
            let keeper = open(url, KEEPERS, CONNECT_TIMEOUT, false, sharing).await?;
            let writer = open(url, POSTGRES_WRITERS, BUSY_TIMEOUT, true, sharing).await?;
            return Ok(Self { writer, reader, keeper, sharing });
        }
        create_private(url)?;
        // The writer first: it opens the file before the readers do.
        let (writer, sharing) = match open(url, 1, BUSY_TIMEOUT, true, sharing).await {
            Err(error) if error.is_disk_full() => {
                (open(url, 1, BUSY_TIMEOUT, true, FileSharing::Alone).await?, FileSharing::Alone)
            }
            opened => (opened?, sharing),
        };
        let reader = open(url, READERS, BUSY_TIMEOUT, false, sharing).await?;
        Ok(Self { keeper: writer.clone(), writer, reader, sharing })
    }

    /// True when the disk was full as the file of SQLite was opened: no other process can open it until this one has
    /// closed it.
    pub fn is_alone(&self) -> bool {
        self.sharing == FileSharing::Alone
    }

    /// Connects for reading only: no file is made, no setting of it changed, and every write is refused.
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
            .map_sqlx_postgres_opts(|postgres| postgres.options([("default_transaction_read_only", "on")]))
            .map_sqlx_postgres_pool_opts(begin_sessions);
        let connected = Box::pin(sea_orm::Database::connect(options)).await;
        let reader = connected.map_err(|source| not_connected(url, source))?;
        Ok(Self { writer: reader.clone(), keeper: reader.clone(), reader, sharing: FileSharing::Shared })
    }

    /// Calls `observer` with the text of every statement that this connection and its clones execute from now on, so
    /// that tests can count them.
    #[must_use]
    pub fn with_statement_observer(mut self, observer: impl Fn(&str) + Clone + Send + Sync + 'static) -> Self {
        let (by_writer, by_reader, by_keeper) = (observer.clone(), observer.clone(), observer);
        if self.backend() == DbBackend::Postgres {
            self.keeper.set_metric_callback(move |executed| by_keeper(&executed.statement.sql));
        }
        self.writer.set_metric_callback(move |executed| by_writer(&executed.statement.sql));
        self.reader.set_metric_callback(move |executed| by_reader(&executed.statement.sql));
        self
    }

    /// Whether it is SQLite or PostgreSQL.
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// True on SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// The connection for single reads.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connection for migrations and statements outside a transaction.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// The connection that renews leases and claims. On PostgreSQL it is separate from the writers' pool: those who wait
    /// for the lock must not cost a process its lease.
    pub fn keeper(&self) -> &DatabaseConnection {
        &self.keeper
    }

    /// Starts a writing transaction, which advances the revision of the data. Roll it back on its first error: SQLite
    /// may have done so already.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.writer.begin_with_options(immediate).await?;
        if self.backend() == DbBackend::Postgres {
            transaction.execute_unprepared(POSTGRES_WRITE).await?;
        }
        store::revision::advance(&transaction).await?;
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

    /// Makes deleted data unreadable in the log of SQLite, which keeps old pages until it is truncated. Returns false when
    /// a reader that is in progress still needs part of the log: then the caller tries again later. Writers wait for moments
    /// only. Does nothing on PostgreSQL.
    pub async fn cut_log(&self) -> Result<bool, StoreError> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(true);
        }
        // Closed afterwards, with its short timeout; the pool opens another one.
        let connection = self.writer.get_sqlite_connection_pool().acquire().await.map_err(driver_failure)?;
        let mut connection = connection.detach();
        connection.execute(CUT_SETTINGS).await.map_err(driver_failure)?;
        let cut = connection.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let is_busy: i64 = cut.and_then(|row| row.try_get(0)).map_err(driver_failure)?;
        connection.close().await.map_err(driver_failure)?;
        Ok(is_busy == 0)
    }

    /// Writes tables of PostgreSQL anew, so that nothing of deleted rows stays in their files. Returns false when another
    /// session held one of them: nobody waits behind this for longer than moments, and the caller tries again later. Does
    /// nothing on SQLite, which overwrites what is deleted.
    pub async fn rewrite_tables(&self, tables: &[&str]) -> Result<bool, StoreError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(true);
        }
        // Closed afterwards, with its settings. VACUUM refuses to run inside a transaction.
        let connection = self.keeper.get_postgres_connection_pool().acquire().await.map_err(driver_failure)?;
        let mut connection = connection.detach();
        connection.execute(REWRITE_SETTINGS).await.map_err(driver_failure)?;
        for table in tables {
            let rewritten = connection.execute(AssertSqlSafe(format!("VACUUM (FULL, ANALYZE) {table}"))).await;
            match rewritten.map_err(driver_failure) {
                Err(error) if error.is_lock_timeout() => return Ok(false),
                outcome => outcome?,
            };
        }
        connection.close().await.map_err(driver_failure)?;
        Ok(true)
    }

    /// Closes all connections.
    pub async fn close(self) -> Result<(), StoreError> {
        self.reader.close().await?;
        self.keeper.close().await?;
        Ok(self.writer.close().await?)
    }
}

fn driver_failure(error: DriverError) -> StoreError {
    StoreError::Statement(DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error))))
}

async fn open(
    url: &str,
    connections: u32,
    acquire_timeout: Duration,
    writes: bool,
    sharing: FileSharing,
) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .acquire_timeout(acquire_timeout)
        .sqlx_logging(false)
        .map_sqlx_postgres_pool_opts(begin_sessions)
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(is_outside_transactions(connection)))
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = match sharing {
                FileSharing::Shared => sqlite,
                FileSharing::Alone => sqlite.vfs(ALONE_VFS),
            };
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                // Erased text must not survive in free pages.
                .pragma("secure_delete", "ON")
                // In KiB, where negative. Bulk loads touch pages all over the indexes.
                .pragma("cache_size", if writes { "-65536" } else { "-8192" })
        });
    Box::pin(sea_orm::Database::connect(options)).await.map_err(|source| not_connected(url, source))
}

/// Has every session of a pool begin with [`POSTGRES_SESSION`]. These are statements, as a pooler in between may refuse
/// parameters of the connection.
pub(crate) fn begin_sessions(pool: PgPoolOptions) -> PgPoolOptions {
    pool.after_connect(|session, _| Box::pin(async move { session.execute(POSTGRES_SESSION).await.map(drop) }))
}

/// Whether a connection to SQLite is outside of a transaction, both by the driver's counter and by SQLite itself. The
/// pool discards one that is not.
///
/// On a full disk and on an I/O error SQLite rolls back automatically. The driver's own ROLLBACK then fails, and the
/// driver goes on counting a transaction that is over: whatever it begins next is a savepoint of nothing, which no
/// commit ever writes.
async fn is_outside_transactions(connection: &mut SqliteConnection) -> Result<bool, DriverError> {
    if connection.is_in_transaction() {
        return Ok(false);
    }
    // SQLite refuses a BEGIN inside a transaction.
    let probe = connection.execute("BEGIN; ROLLBACK").await;
    Ok(probe.is_ok())
}

/// The pool of readers on PostgreSQL. A server that starts at the same time may take a while to be there.
async fn open_reader(url: &str) -> Result<DatabaseConnection, StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        match open(url, READERS, READER_TIMEOUT, false, FileSharing::Shared).await {
            Err(error) if error.is_unavailable() && waited < CONNECT_TIMEOUT => waited += READER_TIMEOUT,
            opened => return opened,
        }
    }
}

/// Creates the file of a new SQLite database, readable by its owner only; SQLite gives its journals the same mode. Does
/// nothing where the file exists, or where the address does not ask for one.
fn create_private(url: &str) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let rest = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or_default();
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    if path.is_empty() || path.contains('%') || !parameters.split('&').any(|parameter| parameter == "mode=rwc") {
        return Ok(());
    }
    let created = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(not_connected(url, DbErr::Custom(format!("the file cannot be created: {error}"))))
        }
        _ => Ok(()),
    }
}

/// The error of a failed connection. Where the driver's message repeats the address, which may hold a password, it is
/// replaced.
fn not_connected(url: &str, source: DbErr) -> StoreError {
    let repeats = source.to_string().contains(url);
    let source = if repeats { DbErr::Custom("the address cannot be read".to_owned()) } else { source };
    StoreError::Connect { url: without_password(url), source }
}
