//! The effect of a decision after the end of its horizon.

use std::collections::HashMap;
use std::sync::Arc;

use entity::decision::Model as DecisionRow;
use entity::{Database, Day, Period, StoreError, store};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::period::SeriesGrain;
use needle_analytics::series::SeriesBucket;
use needle_analytics::work::run_blocking;
use needle_stats::review::EffectEstimate;

use crate::{RespondentBatch, RespondentNeed, ReviewStudy, final_monday};

/// A look after the end of the horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeyondHorizonLook {
    /// A Monday: only responses before it count.
    pub as_of: Day,
    /// The estimated effect; its interval is that of a confidence sequence.
    pub estimate: EffectEstimate,
}

/// A look at a decision as of the published version's Monday; `None` while the horizon lasts, and where nothing can be
/// estimated.
pub async fn beyond_horizon(
    database: &Database,
    analytics: Arc<Analytics>,
    decision: DecisionRow,
) -> Result<Option<BeyondHorizonLook>, AnalyticsError> {
    let Some(publication) = &analytics.publication else { return Ok(None) };
    let as_of = publication.as_of.monday();
    if as_of <= final_monday(&decision) {
        return Ok(None);
    }
    let counted = Arc::clone(&analytics);
    let responses = run_blocking(move || responses(&counted)).await??;
    let snapshot = database.begin_snapshot().await?;
    let decisions = store::decision::all(&snapshot).await?;
    let definitions = store::segment::definitions(&snapshot).await?;
    let need = RespondentNeed::of(std::slice::from_ref(&decision), &decisions, &responses);
    let batch = match need {
        Some(need) => Some(RespondentBatch::read(&snapshot, need.until(as_of)).await?),
        None => None,
    };
    snapshot.rollback().await.map_err(StoreError::from)?;
    let estimate = run_blocking(move || {
        let mut study = ReviewStudy::new(
            analytics.cube(),
            analytics.calendar,
            decisions,
            definitions,
            analytics.profile_schema().clone(),
        );
        study.respondents = batch.map(|batch| batch.into_respondents(analytics.cube()));
        study.beyond(analytics.cube(), &decision, as_of)
    });
    Ok(estimate.await??.map(|estimate| BeyondHorizonLook { as_of, estimate }))
}

/// The number of responses of each week, by its Monday.
fn responses(analytics: &Analytics) -> Result<HashMap<Day, i64>, AnalyticsError> {
    let Some((first, end)) = analytics.days() else { return Ok(HashMap::new()) };
    let period = Period::from(first.monday()..end);
    let weeks = analytics.series_of(None, period, SeriesGrain::Week)?;
    let week = |point: SeriesBucket| {
        (point.start, i64::try_from(point.counts.responses()).expect("no database holds so many responses"))
    };
    Ok(weeks.into_iter().map(week).collect())
}
