//! The respondents of a published version, read when somebody asks for them and then kept as long as its cube.
//!
//! Which of them are read is [`crate::need`]'s business. The runs of a recompute keep their own, see [`crate::Study`].

use std::sync::{Arc, Mutex, PoisonError, Weak};

use entity::{Database, Period, StoreError};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::cube::{Cube, run_blocking};
use tokio::sync::OnceCell;

use crate::need::{RespondentNeed, WEEKS_BEFORE};
use crate::respondent::{RespondentBatch, Respondents};

/// The respondents of each version that is in memory.
#[derive(Debug, Default)]
pub struct RespondentCache {
    versions: Mutex<Vec<CachedRespondents>>,
}

/// What was read for one version. A profile's place is that of one cube, so the cube tells the versions apart.
#[derive(Debug)]
struct CachedRespondents {
    cube: Weak<Cube>,
    read: Reading,
}

/// Empty until somebody has read them; `None` when there are none, or too many.
type Reading = Arc<OnceCell<Option<Arc<Respondents>>>>;

impl RespondentCache {
    /// The responses of recognised customers in the newest two years of whole weeks; `None` when they are too many, or
    /// none. Reads the database at most once per version, however many ask at once; a failed reading is tried again.
    pub async fn of(
        &self,
        database: &Database,
        figures: &Arc<Analytics>,
    ) -> Result<Option<Arc<Respondents>>, AnalyticsError> {
        let reading = self.reading(figures.cube());
        reading.get_or_try_init(|| read(database, figures)).await.cloned()
    }

    /// The reading of a cube. Forgets those of cubes that nobody holds any more.
    fn reading(&self, cube: &Arc<Cube>) -> Reading {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.retain(|version| version.cube.strong_count() > 0);
        if let Some(version) = versions.iter().find(|version| std::ptr::eq(version.cube.as_ptr(), Arc::as_ptr(cube))) {
            return Arc::clone(&version.read);
        }
        let read = Reading::default();
        versions.push(CachedRespondents { cube: Arc::downgrade(cube), read: Arc::clone(&read) });
        read
    }
}

async fn read(database: &Database, figures: &Arc<Analytics>) -> Result<Option<Arc<Respondents>>, AnalyticsError> {
    let Some((_, end)) = figures.days() else { return Ok(None) };
    let until = end.monday();
    let period = Period::weeks_before(until, WEEKS_BEFORE);
    let counted = Arc::clone(figures);
    let counts = run_blocking(move || counted.nps(None, period)).await??;
    let Some(need) = RespondentNeed::before(until, counts.responses()) else { return Ok(None) };
    let snapshot = database.begin_snapshot().await?;
    let gathering = RespondentBatch::read(&snapshot, need).await?;
    snapshot.rollback().await.map_err(StoreError::from)?;
    let cube = Arc::clone(figures.cube());
    Ok(Some(Arc::new(run_blocking(move || gathering.into_respondents(&cube)).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> Arc<Cube> {
        Arc::new(Cube::build(&[], Vec::new(), None).expect("a cube of nothing"))
    }

    #[test]
    fn a_version_has_one_reading_that_goes_with_its_cube() {
        let cache = RespondentCache::default();
        let (one, other) = (cube(), cube());
        let reading = cache.reading(&one);
        assert!(Arc::ptr_eq(&reading, &cache.reading(&Arc::clone(&one))));
        assert!(!Arc::ptr_eq(&reading, &cache.reading(&other)));
        drop((one, reading));
        assert_eq!(cache.versions.lock().expect("no panic").len(), 2, "forgotten when somebody asks next");
        let _reading = cache.reading(&other);
        assert_eq!(cache.versions.lock().expect("no panic").len(), 1);
    }
}
