//! Notifications of changes that other connections make: LISTEN and NOTIFY on PostgreSQL. SQLite has no notifications;
//! poll there.

use sea_orm::sqlx::postgres::{PgListener, PgPoolOptions};
use sea_orm::{DbBackend, DbErr, RuntimeErr};

use crate::Database;
use crate::database::begin_sessions;
use crate::store::StoreError;

/// The channel that a trigger notifies of every change of a run.
const RUNS: &str = "needle_run";

/// Receives the notifications of changed runs, over a separate connection.
#[derive(Debug)]
pub struct RunListener(PgListener);

impl Database {
    /// Listens for changes of runs; `None` on SQLite, which has no notifications.
    pub async fn listen(&self) -> Result<Option<RunListener>, StoreError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let options = (*self.reader().get_postgres_connection_pool().connect_options()).clone();
        // A separate connection: one from the pool of the requests would be occupied for as long as the listener lives.
        let pool = begin_sessions(PgPoolOptions::new()).max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.connect_with(options).await.map_err(driver_error)?;
        let mut listener = PgListener::connect_with(&pool).await.map_err(driver_error)?;
        listener.listen(RUNS).await.map_err(driver_error)?;
        Ok(Some(RunListener(listener)))
    }
}

impl RunListener {
    /// Returns when something may have changed: a notification arrived, or the connection was lost and made again. The
    /// future may be dropped; a later call loses no notification.
    pub async fn changed(&mut self) -> Result<(), StoreError> {
        self.0.try_recv().await.map(|_| ()).map_err(driver_error)
    }
}

fn driver_error(error: sea_orm::sqlx::Error) -> StoreError {
    StoreError::Statement(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}
