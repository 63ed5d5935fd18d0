//! The weekly counts of segments: many segments in one pass, with the thirteen weeks that end with each week.

use std::collections::{BTreeMap, BTreeSet};

use entity::segment_score::Model as ScoreRow;
use entity::{Day, Filter};
use needle_stats::nps::NpsCounts;

use crate::cube::{Cube, CubeError};

/// How many weeks a rolling score covers.
pub const ROLLING_WEEKS: i32 = 13;

/// One week's counts, and those of the thirteen weeks that end with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeeklyScore {
    /// The counts of the week itself.
    pub counts: NpsCounts,
    /// The counts of the thirteen weeks that end with it.
    pub rolling: NpsCounts,
}

/// The weekly counts of many segments, in one pass: profiles that belong to the same segments are summed together.
///
/// Returns, per filter, the counts of each Monday in `weeks` that has any.
pub fn count_weeks(
    cube: &Cube,
    filters: &[&Filter],
    weeks: &BTreeSet<Day>,
) -> Result<Vec<BTreeMap<Day, NpsCounts>>, CubeError> {
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
pub fn roll(weekly: &BTreeMap<Day, NpsCounts>, end: Day) -> BTreeMap<Day, WeeklyScore> {
    let mut rolled = BTreeMap::new();
    for (week, counts) in weekly.range(..end) {
        rolled.entry(*week).or_insert_with(WeeklyScore::default).counts = *counts;
        for later in 0..ROLLING_WEEKS {
            let monday = week.plus_days(7 * later);
            if monday < end {
                rolled.entry(monday).or_insert_with(WeeklyScore::default).rolling += *counts;
            }
        }
    }
    rolled
}

/// The counts of a stored row of a segment score.
pub fn weekly_of(row: &ScoreRow) -> WeeklyScore {
    let counts = |promoters: i64, passives: i64, detractors: i64| NpsCounts {
        promoters: promoters.cast_unsigned(),
        passives: passives.cast_unsigned(),
        detractors: detractors.cast_unsigned(),
    };
    WeeklyScore {
        counts: counts(row.promoters, row.passives, row.detractors),
        rolling: counts(row.rolling_promoters, row.rolling_passives, row.rolling_detractors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rolling_score_holds_thirteen_weeks_and_outlives_its_responses_by_twelve() {
        let promoter = NpsCounts { promoters: 1, passives: 0, detractors: 0 };
        let first = Day(4);
        let weekly: BTreeMap<Day, NpsCounts> = (0..3).map(|week| (first.plus_days(7 * week), promoter)).collect();
        let rolled = roll(&weekly, first.plus_days(7 * 100));
        let promoters = |week: i32| rolled.get(&first.plus_days(7 * week)).map(|weekly| weekly.rolling.promoters);
        assert_eq!(
            [promoters(0), promoters(2), promoters(12), promoters(13), promoters(14), promoters(15)],
            [Some(1), Some(3), Some(3), Some(2), Some(1), None]
        );
        assert_eq!(roll(&weekly, first.plus_days(7)).len(), 1);
    }
}
