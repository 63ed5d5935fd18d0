//! Being told of changes that other connections make: LISTEN on PostgreSQL. On SQLite nobody tells, one has to look.

use sea_orm::sqlx::postgres::{PgListener, PgPoolOptions};
use sea_orm::{DbBackend, DbErr, RuntimeErr};

use crate::Database;
use crate::store::StoreError;

/// The channel on which a trigger tells of every change of a run.
const RUNS: &str = "needle_run";

/// Somebody who is told of changes, over a connection of its own.
#[derive(Debug)]
pub struct RunListener(PgListener);

impl Database {
    /// Listens for changes of runs; `None` where the database tells nobody.
    pub async fn listen(&self) -> Result<Option<RunListener>, StoreError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let options = (*self.reader().get_postgres_connection_pool().connect_options()).clone();
        // Not one of the connections that answer requests: it would be gone for as long as somebody listens.
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.connect_with(options).await.map_err(driver_error)?;
        let mut listener = PgListener::connect_with(&pool).await.map_err(driver_error)?;
        listener.listen(RUNS).await.map_err(driver_error)?;
        Ok(Some(RunListener(listener)))
    }
}

impl RunListener {
    /// Done when something may have changed: a notification came, or the connection was lost and made again. May be
    /// dropped and called again without losing a notification.
    pub async fn changed(&mut self) -> Result<(), StoreError> {
        self.0.try_recv().await.map(|_| ()).map_err(driver_error)
    }
}

fn driver_error(error: sea_orm::sqlx::Error) -> StoreError {
    StoreError::Statement(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}
