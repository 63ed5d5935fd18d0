//! The respondents of a published version, read on the first request and then kept as long as its cube.
//!
//! Which of them are read is decided by [`crate::need`]. The runs of a recompute keep their own, see
//! [`crate::ReviewStudy`].

use std::sync::{Arc, Mutex, PoisonError, Weak};

use entity::{Database, Period, StoreError};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::cube::Cube;
use needle_analytics::work::run_blocking;
use tokio::sync::OnceCell;

use crate::need::{RespondentNeed, WEEKS_BEFORE};
use crate::respondent::{RespondentBatch, Respondents};

/// The respondents of each version that is in memory.
#[derive(Debug, Default)]
pub struct RespondentCache {
    versions: Mutex<Vec<CachedRespondents>>,
}

/// The rows read for one version. A profile's index is that of one cube, so the cube identifies the version.
#[derive(Debug)]
struct CachedRespondents {
    cube: Weak<Cube>,
    read: CachedRead,
}

/// Empty until the rows are read; `None` when there are none, or too many.
type CachedRead = Arc<OnceCell<Option<Arc<Respondents>>>>;

impl RespondentCache {
    /// The responses of recognised customers in the newest two years of complete weeks; `None` when they are too
    /// many, or none. Reads the database at most once per version, also under concurrent requests; a failed read is
    /// tried again.
    pub async fn of(
        &self,
        database: &Database,
        analytics: &Arc<Analytics>,
    ) -> Result<Option<Arc<Respondents>>, AnalyticsError> {
        let cached_read = self.cached_read(analytics.cube());
        cached_read.get_or_try_init(|| read(database, analytics)).await.cloned()
    }

    /// Removes the entries of cubes that have been dropped.
    pub fn drop_outdated(&self) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.retain(|version| version.cube.strong_count() > 0);
    }

    /// The cache entry of a cube. Removes those of cubes that have been dropped.
    fn cached_read(&self, cube: &Arc<Cube>) -> CachedRead {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.retain(|version| version.cube.strong_count() > 0);
        if let Some(version) = versions.iter().find(|version| std::ptr::eq(version.cube.as_ptr(), Arc::as_ptr(cube))) {
            return Arc::clone(&version.read);
        }
        let read = CachedRead::default();
        versions.push(CachedRespondents { cube: Arc::downgrade(cube), read: Arc::clone(&read) });
        read
    }
}

async fn read(database: &Database, analytics: &Arc<Analytics>) -> Result<Option<Arc<Respondents>>, AnalyticsError> {
    let Some((_, end)) = analytics.days() else { return Ok(None) };
    let until = end.monday();
    let period = Period::weeks_before(until, WEEKS_BEFORE);
    let counted = Arc::clone(analytics);
    let counts = run_blocking(move || counted.nps(None, period)).await??;
    let Some(need) = RespondentNeed::before(until, counts.responses()) else { return Ok(None) };
    let snapshot = database.begin_snapshot().await?;
    let batch = RespondentBatch::read(&snapshot, need).await?;
    snapshot.rollback().await.map_err(StoreError::from)?;
    let cube = Arc::clone(analytics.cube());
    Ok(Some(Arc::new(run_blocking(move || batch.into_respondents(&cube)).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> Arc<Cube> {
        Arc::new(Cube::build(&[], Vec::new(), None).expect("a cube of nothing"))
    }

    #[test]
    fn a_version_has_one_entry_that_is_removed_with_its_cube() {
        let cache = RespondentCache::default();
        let (one, other) = (cube(), cube());
        let cached_read = cache.cached_read(&one);
        assert!(Arc::ptr_eq(&cached_read, &cache.cached_read(&Arc::clone(&one))));
        assert!(!Arc::ptr_eq(&cached_read, &cache.cached_read(&other)));
        drop((one, cached_read));
        assert_eq!(cache.versions.lock().expect("no panic").len(), 2, "removed by the next request");
        let _reading = cache.cached_read(&other);
        assert_eq!(cache.versions.lock().expect("no panic").len(), 1);
    }
}
