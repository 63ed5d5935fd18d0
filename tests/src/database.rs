//! A fresh, migrated database per test, on SQLite or on PostgreSQL.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use entity::Database;
use migration::Migrator;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::PostgresCluster;

static CREATED: AtomicU32 = AtomicU32::new(0);

/// The file of a migrated database without rows, of which every test gets a copy: migrating one takes longer than most
/// tests do.
static MIGRATED_FILE: OnceCell<Vec<u8>> = OnceCell::const_new();

/// The same in the cluster.
const MIGRATED_DATABASE: &str = "migrated";

/// A database that belongs to one test.
#[derive(Debug)]
pub struct TestDatabase {
    /// The connection to the migrated database.
    pub database: Database,
    /// Its address, for further connections.
    pub url: String,
    place: DatabasePlace,
}

#[derive(Debug)]
enum DatabasePlace {
    Folder {
        /// Deleted when dropped.
        _folder: TempDir,
    },
    Cluster {
        cluster: &'static PostgresCluster,
        name: String,
    },
}

impl TestDatabase {
    /// A database in a separate file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("needle-sqlite-").tempdir().expect("a temporary folder");
        let path = folder.path().join("needle.db");
        std::fs::write(&path, MIGRATED_FILE.get_or_init(migrated_file).await).expect("a copy");
        Self::open(file_url(&path), DatabasePlace::Folder { _folder: folder }).await
    }

    /// A separate database in the shared cluster; `None` on a machine without PostgreSQL.
    pub async fn postgres() -> Option<Self> {
        let cluster = PostgresCluster::shared(add_migrated)?;
        let name = format!("test_{}_{}", std::process::id(), CREATED.fetch_add(1, Ordering::Relaxed));
        administer(cluster, &format!("CREATE DATABASE {name} TEMPLATE {MIGRATED_DATABASE}")).await;
        Some(Self::open(cluster.url(&name), DatabasePlace::Cluster { cluster, name }).await)
    }

    async fn open(url: String, place: DatabasePlace) -> Self {
        Self { database: Database::connect(&url).await.expect("a connection"), url, place }
    }

    /// Another connection to the same database, as a second process would have.
    pub async fn connect(&self) -> Database {
        Database::connect(&self.url).await.expect("another connection")
    }

    /// The number of rows of each table, without the imports and the counts of imported rows, to which every import adds.
    pub async fn row_counts(&self) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for table in
            self.tables().await.into_iter().filter(|table| !["import", "import_count"].contains(&table.as_str()))
        {
            let rows = self.query(&format!("SELECT COUNT(*) FROM \"{table}\"")).await;
            counts.insert(table, rows[0].try_get_by_index(0).expect("a count"));
        }
        counts
    }

    /// The names of all tables, sorted, without the system tables.
    pub async fn tables(&self) -> Vec<String> {
        let statement = match self.database.backend() {
            DbBackend::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
            _ => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1",
        };
        let rows = self.query(statement).await;
        rows.iter().map(|row| row.try_get_by_index(0).expect("a name")).collect()
    }

    /// The rows that a statement returns.
    pub async fn query(&self, statement: &str) -> Vec<sea_orm::QueryResult> {
        let statement = Statement::from_string(self.database.backend(), statement);
        self.database.reader().query_all_raw(statement).await.expect("rows")
    }

    async fn dispose(self) {
        self.database.close().await.expect("closed");
        if let DatabasePlace::Cluster { cluster, name } = self.place {
            administer(cluster, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

fn file_url(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

async fn migrated_file() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("needle.db");
    migrate(&file_url(&path)).await;
    std::fs::read(path).expect("a database in one file")
}

/// Adds the migrated database to a new cluster, which no test uses yet.
fn add_migrated(cluster: &PostgresCluster) {
    let work = async {
        administer(cluster, &format!("CREATE DATABASE {MIGRATED_DATABASE}")).await;
        migrate(&cluster.url(MIGRATED_DATABASE)).await;
    };
    // A test waits for the cluster inside its own runtime.
    std::thread::scope(|scope| scope.spawn(|| block_on(work)).join()).expect("the migrated database");
}

async fn migrate(url: &str) {
    let database = Database::connect(url).await.expect("a connection");
    Migrator::up(database.writer(), None).await.expect("migrations");
    database.cut_log().await.expect("everything in one file");
    database.close().await.expect("closed");
}

async fn administer(cluster: &PostgresCluster, statement: &str) {
    let connection = Box::pin(sea_orm::Database::connect(cluster.url("postgres"))).await.expect("the cluster");
    connection.execute_unprepared(statement).await.expect(statement);
    connection.close().await.expect("closed");
}

/// Runs a test on a separate SQLite database.
pub fn on_sqlite(test: impl AsyncFnOnce(&TestDatabase)) {
    block_on(async {
        let database = TestDatabase::sqlite().await;
        test(&database).await;
        database.dispose().await;
    });
}

/// Runs a test on a separate PostgreSQL database; does nothing on a machine without PostgreSQL.
pub fn on_postgres(test: impl AsyncFnOnce(&TestDatabase)) {
    block_on(async {
        if let Some(database) = TestDatabase::postgres().await {
            test(&database).await;
            database.dispose().await;
        }
    });
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test);
}
