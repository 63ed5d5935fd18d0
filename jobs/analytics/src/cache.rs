//! The cache of the published version, which each process loads once.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use entity::{Calendar, Database, StoreError, store};
use tokio::sync::Mutex;

use crate::analytics_cache::{Analytics, AnalyticsError};

/// Keeps the published version in memory until the pointer moves.
#[derive(Debug, Default)]
pub struct AnalyticsCache {
    cached: ArcSwapOption<Analytics>,
    /// Held while a version is loaded, so that concurrent requests load it only once.
    loading: Mutex<()>,
}

impl AnalyticsCache {
    /// The version that is published now. Calls `on_load` whenever it has to be loaded.
    pub async fn current(
        &self,
        database: &Database,
        calendar: Calendar,
        on_load: impl FnOnce(),
    ) -> Result<Arc<Analytics>, AnalyticsError> {
        if let Some(analytics) = self.cached_if_current(database).await? {
            return Ok(analytics);
        }
        let _loading = self.loading.lock().await;
        if let Some(analytics) = self.cached_if_current(database).await? {
            return Ok(analytics);
        }
        on_load();
        let analytics = Arc::new(Analytics::load(database, calendar).await?);
        self.cached.store(Some(Arc::clone(&analytics)));
        Ok(analytics)
    }

    /// Drops the version in memory if the pointer no longer names it, or somebody was erased since it was loaded: a process
    /// that nobody asks anything would keep what it knows of the person.
    pub async fn drop_outdated(&self, database: &Database) -> Result<(), StoreError> {
        let Some(cached) = self.cached.load_full() else { return Ok(()) };
        if store::publication::current(database.reader()).await? != cached.publication {
            self.cached.compare_and_swap(&Some(cached), None);
        }
        Ok(())
    }

    /// The cached version, if the pointer still names it. Its dimensions are read again: they change with every import,
    /// without a new version.
    async fn cached_if_current(&self, database: &Database) -> Result<Option<Arc<Analytics>>, AnalyticsError> {
        let Some(cached) = self.cached.load_full() else { return Ok(None) };
        if store::publication::current(database.reader()).await? != cached.publication {
            return Ok(None);
        }
        let dimensions = store::dimension::all(database.reader()).await?;
        if dimensions == cached.dimensions {
            return Ok(Some(cached));
        }
        let mut newer = Analytics::clone(&cached);
        newer.dimensions = dimensions;
        let newer = Arc::new(newer);
        self.cached.store(Some(Arc::clone(&newer)));
        Ok(Some(newer))
    }
}
