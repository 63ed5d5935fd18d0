//! The published version that the pointer names, with its cube in memory. Its queries are in the modules `slice`,
//! `series`, `attribute` and `score`.

use std::ops::Range;
use std::sync::Arc;

use entity::dimension::Model as Dimension;
use entity::publication::Model as Publication;
use entity::{Attributes, Calendar, Database, Day, Filter, Period, ProfileSchema, StoreError, store};
use needle_rules::day;
use needle_rules::problem::{InputProblem, ProblemCode};

use crate::cube::{Cube, CubeError};
use crate::work::run_blocking;

/// The maximum number of buckets in a series and of groups in a breakdown.
pub const GROUPS_LIMIT: usize = 10_000;

/// One published version, loaded for queries.
#[derive(Clone, Debug)]
pub struct Analytics {
    /// The row of the published version; `None` before the first run.
    pub publication: Option<Publication>,
    /// The calendar of the reporting time zone.
    pub calendar: Calendar,
    /// All dimensions, by name; read now, not when the version was published.
    pub dimensions: Vec<Dimension>,
    /// How the profiles of this version were built.
    pub(crate) profile_schema: ProfileSchema,
    /// Shared by the clones of a version; its address identifies a loaded version.
    pub(crate) cube: Arc<Cube>,
}

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The query breaks a rule.
    #[error("{}", .0.message)]
    Problem(InputProblem),
    /// The counts could not be summed.
    #[error(transparent)]
    Cube(#[from] CubeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Analytics {
    /// Loads the published version from one snapshot of the database, with the calendar that the database has; `calendar`
    /// is for one that has none yet.
    pub async fn load(database: &Database, calendar: Calendar) -> Result<Self, AnalyticsError> {
        let snapshot = database.begin_snapshot().await?;
        let publication = store::publication::current(&snapshot).await?;
        let calendar = store::setting::stored_calendar(&snapshot).await?.unwrap_or(calendar);
        let dimensions = store::dimension::all(&snapshot).await?;
        let published = store::dimension::published_profile_schema(&snapshot).await?;
        // A version older than stored profile schemas was built by the dimensions of its time; today's are the best
        // guess.
        let schema = published.unwrap_or_else(|| ProfileSchema::of(&dimensions, &[]));
        let (blocks, profiles) = match &publication {
            Some(_) => (store::tally::all(&snapshot).await?, store::profile::all(&snapshot).await?),
            None => (Vec::new(), Vec::new()),
        };
        snapshot.rollback().await.map_err(StoreError::from)?;
        let answers_before = publication.as_ref().and_then(|publication| publication.answers_before);
        let cube = run_blocking(move || Cube::build(&blocks, profiles, answers_before)).await??;
        Ok(Self { publication, calendar, dimensions, profile_schema: schema, cube: Arc::new(cube) })
    }

    /// The first day with responses and the day after the last; `None` without any. Days that no input may name are left
    /// out, and so are those after the day of the published version: a single misdated response must not stretch it.
    pub fn days(&self) -> Option<(Day, Day)> {
        let (first, end) = self.cube.days()?;
        let end = self.publication.as_ref().map_or(end, |published| end.min(published.as_of.plus_days(1)));
        Some((first.max(day::FIRST), end)).filter(|(first, end)| first < end)
    }

    /// The counts by day and profile, in memory.
    pub fn cube(&self) -> &Arc<Cube> {
        &self.cube
    }

    /// How the profiles of this version were built.
    pub fn profile_schema(&self) -> &ProfileSchema {
        &self.profile_schema
    }

    /// The days of a period, open ends replaced by the first and last day with responses; `None` when there are none.
    pub(crate) fn range(&self, period: Period) -> Option<Range<Day>> {
        period.within(self.days()?)
    }
}

/// True when a profile matches a filter; `None` matches everyone.
pub(crate) fn is_member(filter: Option<&Filter>, profile: &Attributes) -> bool {
    filter.is_none_or(|filter| filter.matches(profile))
}

/// The problem of a query with too large a result.
pub(crate) fn too_many(field: &str, message: &str) -> AnalyticsError {
    AnalyticsError::Problem(InputProblem::new(ProblemCode::TooMany, field, message))
}
