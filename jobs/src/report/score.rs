//! Scores and their changes: a week, a quarter of thirteen weeks, and the quarters to compare it with.

use std::collections::{BTreeMap, BTreeSet};

use entity::Day;
use needle_analytics::weekly::ROLLING_WEEKS;
use needle_stats::interval::{Interval, mover_difference};
use needle_stats::nps::Counts;

use super::{Audience, Member};

/// The level of every score's interval.
const LEVEL: f64 = 0.95;

/// Weeks from a quarter to the same one a year before.
const YEAR_WEEKS: i32 = 52;

/// Weeks that a trend shows.
pub(super) const TREND_WEEKS: i32 = 26;

/// A score as its readers may see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// How many responses have a score.
    pub responses: u64,
    /// What they say.
    pub reading: Reading,
}

/// What responses say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// There are none.
    Nothing,
    /// There are too few for these readers.
    Suppressed,
    /// The score in NPS points, and its 95 % interval.
    Known(f64, Interval),
}

/// The difference of two scores of different answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// In NPS points.
    pub points: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The whole interval lies above zero.
    Up,
    /// The whole interval lies below zero.
    Down,
    /// Zero lies inside.
    Unclear,
}

/// The score of the thirteen weeks that end with a week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// The Monday on which they end.
    pub until: Day,
    /// The score.
    pub score: Score,
}

/// Where a group of customers stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The segment's key; `None` for everybody.
    pub key: Option<String>,
    /// The name people read.
    pub name: String,
    /// True for the ONE primary customer, or for everybody while none is declared.
    pub is_primary: bool,
    /// The newest complete week.
    pub week: Score,
    /// The week before it.
    pub week_before: Score,
    /// The newest thirteen weeks.
    pub quarter: Score,
    /// The thirteen weeks before them.
    pub quarter_before: Score,
    /// The same thirteen weeks a year before.
    pub year_ago: Score,
    /// By how much the newest thirteen weeks differ from those before; `None` without two scores.
    pub change: Option<Change>,
    /// Half a year of scores of thirteen weeks each, oldest first.
    pub trend: Vec<Trend>,
}

impl Score {
    /// The score of counts.
    pub fn of(counts: Counts, audience: Audience) -> Self {
        let responses = counts.responses();
        let reading = match counts.score().zip(counts.interval(LEVEL)) {
            None => Reading::Nothing,
            Some(_) if responses < audience.suppress_below => Reading::Suppressed,
            Some((score, interval)) => Reading::Known(score, interval),
        };
        Self { responses, reading }
    }

    /// The score and its interval, where they may be seen.
    pub fn known(&self) -> Option<(f64, Interval)> {
        match self.reading {
            Reading::Known(score, interval) => Some((score, interval)),
            Reading::Nothing | Reading::Suppressed => None,
        }
    }
}

impl Change {
    /// The difference of two scores; `None` where one of them is not known.
    pub fn between(later: &Score, earlier: &Score) -> Option<Self> {
        let (later, earlier) = later.known().zip(earlier.known())?;
        Some(Self { points: later.0 - earlier.0, interval: mover_difference(later, earlier) })
    }

    /// Which way it goes.
    pub fn direction(&self) -> Direction {
        if self.interval.low > 0.0 {
            Direction::Up
        } else if self.interval.high < 0.0 {
            Direction::Down
        } else {
            Direction::Unclear
        }
    }
}

/// The Mondays of every week that a report looks at.
pub fn weeks(until: Day) -> BTreeSet<Day> {
    let count = (YEAR_WEEKS + ROLLING_WEEKS).max(TREND_WEEKS + ROLLING_WEEKS);
    (1..=count).map(|week| until.plus_days(-7 * week)).collect()
}

/// Where every segment stands, and everybody where no segment is the primary customer, as the first.
///
/// `weekly` holds the counts of everybody, then those of each member, in order.
pub fn standings(
    members: &[Member],
    weekly: &[BTreeMap<Day, Counts>],
    until: Day,
    audience: Audience,
) -> Vec<Standing> {
    let has_primary = members.iter().any(|member| member.is_primary);
    let everybody = weekly.first().filter(|_| !has_primary).map(|weekly| {
        let segment = standing(weekly, until, audience);
        Standing { name: "Everybody".to_owned(), is_primary: true, ..segment }
    });
    let of_members = members.iter().zip(weekly.iter().skip(1)).map(|(member, weekly)| Standing {
        key: Some(member.key.clone()),
        name: member.name.clone(),
        is_primary: member.is_primary,
        ..standing(weekly, until, audience)
    });
    everybody.into_iter().chain(of_members).collect()
}

fn standing(weekly: &BTreeMap<Day, Counts>, until: Day, audience: Audience) -> Standing {
    let sum = |end: Day, weeks: i32| {
        let mut counts = Counts::default();
        weekly.range(end.plus_days(-7 * weeks)..end).for_each(|(_, week)| counts += *week);
        Score::of(counts, audience)
    };
    let quarter = sum(until, ROLLING_WEEKS);
    let quarter_before = sum(until.plus_days(-7 * ROLLING_WEEKS), ROLLING_WEEKS);
    let ends = (0..TREND_WEEKS).rev().map(|week| until.plus_days(-7 * week));
    Standing {
        key: None,
        name: String::new(),
        is_primary: false,
        week: sum(until, 1),
        week_before: sum(until.plus_days(-7), 1),
        quarter,
        quarter_before,
        year_ago: sum(until.plus_days(-7 * YEAR_WEEKS), ROLLING_WEEKS),
        change: Change::between(&quarter, &quarter_before),
        trend: ends.map(|end| Trend { until: end, score: sum(end, ROLLING_WEEKS) }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Audience = Audience { reads_comments: true, suppress_below: 0 };

    #[test]
    fn windows_of_a_standing_do_not_overlap_and_reach_a_year_back() {
        let until = Day(4 + 7 * 100);
        let counts = |week: i32| Counts { promoters: 1, passives: 0, detractors: u64::from(week > 13) };
        let weekly: BTreeMap<Day, Counts> = (1..=80).map(|week| (until.plus_days(-7 * week), counts(week))).collect();
        let segment = standing(&weekly, until, ALL);
        assert_eq!((segment.week.responses, segment.quarter.responses, segment.quarter_before.responses), (1, 13, 26));
        assert_eq!(segment.year_ago.responses, 26);
        assert_eq!(segment.quarter.known().map(|(score, _)| score), Some(100.0));
        let change = segment.change.expect("two scores");
        assert!((change.points - 100.0).abs() < 1e-9 && change.direction() == Direction::Up, "{change:?}");
        assert_eq!(segment.trend.len(), 26);
        assert_eq!(segment.trend.last().map(|trend| trend.score), Some(segment.quarter));
        let reached = weeks(until);
        assert!(reached.contains(&until.plus_days(-7)) && reached.contains(&until.plus_days(-7 * 65)));
        assert!(!reached.contains(&until));
    }

    #[test]
    fn a_small_group_tells_how_many_they_are_and_nothing_else() {
        let counts = Counts { promoters: 3, passives: 0, detractors: 1 };
        let shy = Audience { reads_comments: false, suppress_below: 5 };
        assert_eq!(Score::of(counts, shy), Score { responses: 4, reading: Reading::Suppressed });
        assert_eq!(Score::of(counts, ALL).known().map(|(score, _)| score), Some(50.0));
        assert_eq!(Score::of(Counts::default(), shy).reading, Reading::Nothing);
        assert_eq!(Change::between(&Score::of(counts, shy), &Score::of(counts, ALL)), None);
    }
}
