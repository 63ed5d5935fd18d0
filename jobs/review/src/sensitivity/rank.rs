//! A rank test of the individual scores, 0 to 10, before and after a decision.

use std::sync::Arc;

use entity::decision::Model as DecisionRow;
use entity::store::histogram::ProfileScoreCount;
use entity::{Database, Day, Filter, StoreError, store};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::work::run_blocking;
use needle_stats::rank::{self, RankTestResult, ScoreHistogram};

/// The most weeks on either side of a decision.
const LONGEST_WEEKS: i32 = 52;

/// The individual scores before and after a decision, and their rank test.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRankTest {
    /// The first day of the responses before the decision; they end with the day before it takes effect.
    pub from: Day,
    /// The day after the last of the responses after the decision.
    pub until: Day,
    /// The target's responses before and after.
    pub target: (ScoreHistogram, ScoreHistogram),
    /// Everybody else's responses before and after.
    pub others: (ScoreHistogram, ScoreHistogram),
    /// How far the target's scores rose against everybody else's; `None` with fewer than two responses on a side.
    pub rise: Option<RankTestResult>,
}

/// The rank test of a decision on the target `filter`, where `None` is everyone: the weeks of its horizon so far, 52 at
/// most, against as many before. `None` before it took effect in the published version, and where the target's filter
/// tests something that the published profiles do not store yet.
pub async fn rank_test(
    database: &Database,
    analytics: Arc<Analytics>,
    decision: &DecisionRow,
    filter: Option<Filter>,
) -> Result<Option<DecisionRankTest>, AnalyticsError> {
    let Some(until) = last_day(&analytics, decision) else { return Ok(None) };
    let start = decision.takes_effect_on;
    if until <= start {
        return Ok(None);
    }
    let from = start.plus_days(start.0 - until.0);
    let snapshot = database.begin_snapshot().await?;
    let before = store::histogram::score_counts(&snapshot, from, start).await?;
    let after = store::histogram::score_counts(&snapshot, start, until).await?;
    snapshot.rollback().await.map_err(StoreError::from)?;
    let test = run_blocking(move || {
        let translated = match &filter {
            None => None,
            Some(filter) => Some(analytics.translate(filter)?),
        };
        let members = analytics.members(translated.as_ref());
        let (target_before, others_before) = split(&analytics, &members, &before);
        let (target_after, others_after) = split(&analytics, &members, &after);
        let rise = rank::rise((&target_before, &target_after), Some((&others_before, &others_after)));
        let (target, others) = ((target_before, target_after), (others_before, others_after));
        Some(DecisionRankTest { from, until, target, others, rise })
    });
    Ok(test.await?)
}

/// The day after the last one whose responses count.
fn last_day(analytics: &Analytics, decision: &DecisionRow) -> Option<Day> {
    let published = analytics.publication.as_ref()?.as_of.monday();
    let weeks = decision.horizon_weeks.min(LONGEST_WEEKS);
    let end = decision.takes_effect_on.plus_days(7 * weeks).min(published);
    Some(decision.ends_on(analytics.calendar).map_or(end, |ends| ends.min(end)))
}

/// The histograms of the members and of everybody else.
fn split(analytics: &Analytics, members: &[bool], bars: &[ProfileScoreCount]) -> (ScoreHistogram, ScoreHistogram) {
    let (mut target, mut others) = (ScoreHistogram::default(), ScoreHistogram::default());
    for bar in bars {
        let is_member = members.get(analytics.cube().index_of(bar.profile) as usize).copied().unwrap_or_default();
        let histogram = if is_member { &mut target } else { &mut others };
        let score = usize::try_from(bar.score).ok().and_then(|score| histogram.get_mut(score));
        if let Some(count) = score {
            *count += bar.responses.unsigned_abs();
        }
    }
    (target, others)
}
