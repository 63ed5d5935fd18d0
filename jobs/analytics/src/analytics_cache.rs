//! The published figures: the version that the pointer names, with its cube in memory. What one may ask it is in the
//! modules of slices, series and attributes.

use std::ops::Range;
use std::sync::Arc;

use entity::dimension::Model as Dimension;
use entity::publication::Model as Publication;
use entity::{Attributes, Calendar, Database, Day, Filter, Period, ProfileSchema, StoreError, store};
use needle_rules::problem::{InputProblem, ProblemCode};

use crate::cube::{Cube, CubeError, run_blocking};

/// The most buckets one series has, and the most groups one breakdown has.
pub const GROUPS_LIMIT: usize = 10_000;

/// Everything that one published version says.
#[derive(Clone, Debug)]
pub struct Analytics {
    /// The published version; `None` before the first run.
    pub publication: Option<Publication>,
    /// The reporting calendar.
    pub calendar: Calendar,
    /// All dimensions, by name.
    pub dimensions: Vec<Dimension>,
    /// How the profiles of this version were made.
    pub(crate) profile_schema: ProfileSchema,
    /// Shared by the clones of a version, and what tells one loaded version from another.
    pub(crate) cube: Arc<Cube>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The question is at fault.
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
    /// Loads the published version in one snapshot.
    pub async fn load(database: &Database, calendar: Calendar) -> Result<Self, AnalyticsError> {
        let snapshot = database.begin_snapshot().await?;
        let publication = store::publication::current(&snapshot).await?;
        let dimensions = store::dimension::all(&snapshot).await?;
        let published = store::dimension::published_profile_schema(&snapshot).await?;
        // A version of before schemes were kept was made by the names that were kept out then, as they are by now.
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

    /// The first day with answers and the day after the last; `None` without any.
    pub fn days(&self) -> Option<(Day, Day)> {
        self.cube.days()
    }

    /// The counts by day and profile.
    pub fn cube(&self) -> &Arc<Cube> {
        &self.cube
    }

    /// How the profiles were made.
    pub fn profile_schema(&self) -> &ProfileSchema {
        &self.profile_schema
    }

    /// The days of a period, its open ends closed by the days that have answers; `None` when there are none.
    pub(crate) fn range(&self, period: Period) -> Option<Range<Day>> {
        period.within(self.days()?)
    }
}

/// True when a profile belongs to a group; `None` is everyone.
pub(crate) fn is_member(filter: Option<&Filter>, profile: &Attributes) -> bool {
    filter.is_none_or(|filter| filter.matches(profile))
}

/// The problem of a question with too long an answer.
pub(crate) fn too_many(field: &str, message: &str) -> AnalyticsError {
    AnalyticsError::Problem(InputProblem::new(ProblemCode::TooMany, field, message))
}
