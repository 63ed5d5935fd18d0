//! Segment scores: the stored scores of a version as points of a series.

use std::collections::BTreeMap;

use entity::run::RunId;
use entity::segment_score::Model as ScoreRow;
use entity::{Day, Filter, Period};
use needle_stats::nps::NpsCounts;

use crate::analytics_cache::{Analytics, AnalyticsError};
use crate::period::SeriesGrain;
use crate::series::SeriesBucket;
use crate::weekly::{ROLLING_WEEKS, weekly_of};

/// The score of a segment in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScorePoint {
    /// The first day of the bucket.
    pub start: Day,
    /// The day after the last day of the bucket.
    pub end: Day,
    /// The counts of the bucket's responses.
    pub counts: NpsCounts,
    /// The counts of the thirteen weeks that end with the bucket.
    pub rolling: NpsCounts,
    /// The run that counted the bucket.
    pub run_id: RunId,
}

/// The score of the newest complete week before the published run's as-of day; `None` before the first run, and while
/// the published profiles do not yet store the segment's conditions.
///
/// `rows` are the segment's stored scores of the published version; `filter` is the segment's.
pub fn current(analytics: &Analytics, filter: &Filter, rows: &[ScoreRow]) -> Option<ScorePoint> {
    let publication = analytics.publication.as_ref()?;
    analytics.translate(filter)?;
    let week = publication.as_of.monday().plus_days(-7);
    Some(point(rows.iter().find(|row| row.week == week), week, publication.run_id))
}

/// The scores of a segment over a period, per bucket; only weeks complete before the published run's as-of day. Empty
/// while the published profiles do not yet store the segment's conditions.
///
/// `rows` are the segment's stored scores of the published version, in order of week; `filter` is the segment's.
pub fn points(
    analytics: &Analytics,
    filter: &Filter,
    rows: &[ScoreRow],
    period: Period,
    grain: SeriesGrain,
) -> Result<Vec<ScorePoint>, AnalyticsError> {
    let Some(publication) = analytics.publication.as_ref() else { return Ok(Vec::new()) };
    let Some(filter) = analytics.translate(filter) else { return Ok(Vec::new()) };
    let complete = publication.as_of.monday();
    // Without an end, the scores extend to the last week with responses.
    let end = period.until.or(analytics.days().map(|(_, end)| end.monday_on_or_after()));
    let within = Period { until: Some(end.map_or(complete, |end| end.min(complete))), ..period };
    let buckets = analytics.series_of(Some(&filter), within, grain)?;
    let run_id = publication.run_id;
    if grain == SeriesGrain::Week {
        let by_week: BTreeMap<Day, &ScoreRow> = rows.iter().map(|row| (row.week, row)).collect();
        let weeks = buckets.iter().map(|bucket| bucket.start.monday()).filter(|week| *week < complete);
        return Ok(weeks.map(|week| point(by_week.get(&week).copied(), week, run_id)).collect());
    }
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Ok(Vec::new()) };
    // One pass over the days, and each rolling figure is a difference of two sums: a pass for each bucket would be work
    // that grows with the square of the range.
    let days = Period::weeks_before(first.end, ROLLING_WEEKS).from.unwrap_or(first.start)..last.end;
    let sums = analytics.cumulative(&filter, days.clone())?;
    let until = |day: Day| sums[usize::try_from(day.0 - days.start.0).unwrap_or_default().min(sums.len() - 1)];
    let rolling =
        |end: Day| difference(until(end), until(Period::weeks_before(end, ROLLING_WEEKS).from.unwrap_or(end)));
    let point = |bucket: SeriesBucket| ScorePoint {
        start: bucket.start,
        end: bucket.end,
        counts: bucket.counts,
        rolling: rolling(bucket.end),
        run_id,
    };
    Ok(buckets.into_iter().map(point).collect())
}

fn difference(whole: NpsCounts, part: NpsCounts) -> NpsCounts {
    NpsCounts {
        promoters: whole.promoters - part.promoters,
        passives: whole.passives - part.passives,
        detractors: whole.detractors - part.detractors,
    }
}

fn point(row: Option<&ScoreRow>, week: Day, published_by: RunId) -> ScorePoint {
    let weekly = row.map(weekly_of).unwrap_or_default();
    ScorePoint {
        start: week,
        end: week.plus_days(7),
        counts: weekly.counts,
        rolling: weekly.rolling,
        run_id: row.map_or(published_by, |row| row.run_id),
    }
}
