//! Segment scores: counting all segments at once, and reading what a version holds of them.

use std::collections::BTreeMap;

use entity::run::RunId;
use entity::segment_score::Model as ScoreRow;
use entity::{Day, Filter, Period};
use needle_stats::nps::Counts;

use crate::cube::{Cube, CubeError};
use crate::figures::{Figures, FiguresError, Grain};

/// The weeks of a rolling score.
pub const ROLLING_WEEKS: i32 = 13;

/// The score of a segment in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScorePoint {
    /// The first day.
    pub start: Day,
    /// The day after the last.
    pub end: Day,
    /// The counts of the bucket.
    pub counts: Counts,
    /// The counts of the thirteen weeks that end with the bucket.
    pub rolling: Counts,
    /// The run that counted it.
    pub run_id: RunId,
}

/// One week's counts, and those of the thirteen weeks that end with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weekly {
    /// The week's.
    pub counts: Counts,
    /// The thirteen weeks'.
    pub rolling: Counts,
}

/// The weekly counts of many segments, in one pass: profiles that belong to the same segments are summed together.
///
/// Returns, per filter, the counts of each Monday in `weeks` that has any.
pub fn count_weeks(
    cube: &Cube,
    filters: &[&Filter],
    weeks: &std::collections::BTreeSet<Day>,
) -> Result<Vec<BTreeMap<Day, Counts>>, CubeError> {
    let mut counted = vec![BTreeMap::new(); filters.len()];
    let Some((first, last)) = weeks.first().zip(weeks.last()) else { return Ok(counted) };
    let mut memberships: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
    let groups: Vec<Option<u32>> = cube
        .profiles()
        .iter()
        .map(|profile| {
            let member: Vec<usize> =
                filters.iter().enumerate().filter(|(_, filter)| filter.matches(profile)).map(|(at, _)| at).collect();
            let next = u32::try_from(memberships.len()).ok()?;
            (!member.is_empty()).then(|| *memberships.entry(member).or_insert(next))
        })
        .collect();
    let members: BTreeMap<u32, Vec<usize>> = memberships.into_iter().map(|(member, group)| (group, member)).collect();
    let week_of = |day: Day| day.week_since(*first).filter(|_| weeks.contains(&day.monday()));
    for ((week, group), counts) in cube.sum(*first, last.plus_days(7), week_of, &groups)? {
        let monday = first.plus_weeks(week.cast_signed());
        for segment in members.get(&group).into_iter().flatten() {
            *counted[*segment].entry(monday).or_default() += counts;
        }
    }
    Ok(counted)
}

/// Adds the rolling counts to weekly ones, up to the week before `end`; weeks where both are empty are left out.
pub fn roll(weekly: &BTreeMap<Day, Counts>, end: Day) -> BTreeMap<Day, Weekly> {
    let mut rolled = BTreeMap::new();
    for (week, counts) in weekly.range(..end) {
        rolled.entry(*week).or_insert_with(Weekly::default).counts = *counts;
        for later in 0..ROLLING_WEEKS {
            let monday = week.plus_days(7 * later);
            if monday < end {
                rolled.entry(monday).or_insert_with(Weekly::default).rolling += *counts;
            }
        }
    }
    rolled
}

/// The score of the newest complete week before the published run's as-of day; `None` before the first run, and while
/// the published profiles do not know yet who belongs to the segment.
///
/// `rows` are the segment's stored scores of the published version; `filter` is the segment's.
pub fn current(figures: &Figures, filter: &Filter, rows: &[ScoreRow]) -> Option<ScorePoint> {
    let publication = figures.publication.as_ref()?;
    figures.translate(filter)?;
    let week = publication.as_of.monday().plus_days(-7);
    Some(point(rows.iter().find(|row| row.week == week), week, publication.run_id))
}

/// The scores of a segment over a period, bucket by bucket; only weeks complete before the published run's as-of day.
/// None while the published profiles do not know yet who belongs to the segment.
///
/// `rows` are the segment's stored scores of the published version, in order of week; `filter` is the segment's.
pub fn points(
    figures: &Figures,
    filter: &Filter,
    rows: &[ScoreRow],
    period: Period,
    grain: Grain,
) -> Result<Vec<ScorePoint>, FiguresError> {
    let Some(publication) = figures.publication.as_ref() else { return Ok(Vec::new()) };
    let Some(filter) = figures.translate(filter) else { return Ok(Vec::new()) };
    let complete = publication.as_of.monday();
    // Without an end the scores reach as far as anybody has answered.
    let end = period.until.or(figures.days().map(|(_, end)| end.monday_on_or_after()));
    let within = Period { until: Some(end.map_or(complete, |end| end.min(complete))), ..period };
    let buckets = figures.series_of(Some(&filter), within, grain)?;
    let run_id = publication.run_id;
    if grain == Grain::Week {
        let by_week: BTreeMap<Day, &ScoreRow> = rows.iter().map(|row| (row.week, row)).collect();
        let weeks = buckets.iter().map(|bucket| bucket.start.monday()).filter(|week| *week < complete);
        return Ok(weeks.map(|week| point(by_week.get(&week).copied(), week, run_id)).collect());
    }
    let rolling = |end: Day| figures.count_of(Some(&filter), Period::weeks_before(end, ROLLING_WEEKS));
    buckets
        .into_iter()
        .map(|bucket| {
            let (start, end, counts) = (bucket.start, bucket.end, bucket.counts);
            Ok(ScorePoint { start, end, counts, rolling: rolling(end)?, run_id })
        })
        .collect()
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

/// The counts of a stored row.
pub fn weekly_of(row: &ScoreRow) -> Weekly {
    let counts = |promoters: i64, passives: i64, detractors: i64| Counts {
        promoters: promoters.cast_unsigned(),
        passives: passives.cast_unsigned(),
        detractors: detractors.cast_unsigned(),
    };
    Weekly {
        counts: counts(row.promoters, row.passives, row.detractors),
        rolling: counts(row.rolling_promoters, row.rolling_passives, row.rolling_detractors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rolling_score_holds_thirteen_weeks_and_outlives_its_answers_by_twelve() {
        let promoter = Counts { promoters: 1, passives: 0, detractors: 0 };
        let first = Day(4);
        let weekly: BTreeMap<Day, Counts> = (0..3).map(|week| (first.plus_days(7 * week), promoter)).collect();
        let rolled = roll(&weekly, first.plus_days(7 * 100));
        let promoters = |week: i32| rolled.get(&first.plus_days(7 * week)).map(|weekly| weekly.rolling.promoters);
        assert_eq!(
            [promoters(0), promoters(2), promoters(12), promoters(13), promoters(14), promoters(15)],
            [Some(1), Some(3), Some(3), Some(2), Some(1), None]
        );
        assert_eq!(roll(&weekly, first.plus_days(7)).len(), 1);
    }
}
