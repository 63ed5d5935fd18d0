//! Scores and their changes: of a week, of a quarter (thirteen weeks), and of the quarters to compare it with.

use std::collections::{BTreeMap, BTreeSet};

use entity::Day;
use needle_analytics::weekly::ROLLING_WEEKS;
use needle_stats::interval::{ConfidenceInterval, mover_difference};
use needle_stats::nps::NpsCounts;

use super::{CurrentSegment, ReportAudience};

/// The confidence level of every score's interval.
const LEVEL: f64 = 0.95;

/// The distance in weeks from a quarter to the same one a year before.
const YEAR_WEEKS: i32 = 52;

/// How many weeks a trend shows.
pub(super) const TREND_WEEKS: i32 = 26;

/// A score as the audience may see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReportScore {
    /// How many responses have a score.
    pub responses: u64,
    /// The score, or why it is not shown.
    pub reading: ScoreReading,
}

/// A score, or why it is not shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScoreReading {
    /// There are no responses.
    Nothing,
    /// There are fewer responses than the audience may see scores of.
    Suppressed,
    /// The score in NPS points, and its 95 % interval.
    Shown(f64, ConfidenceInterval),
}

/// The difference of two scores of disjoint responses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreChange {
    /// The later score minus the earlier one, in NPS points.
    pub points: f64,
    /// The 95 % interval of the difference, in NPS points.
    pub interval: ConfidenceInterval,
}

/// The direction of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeDirection {
    /// The whole interval lies above zero.
    Up,
    /// The whole interval lies below zero.
    Down,
    /// The interval contains zero.
    Unclear,
}

/// One point of a trend: the score of the thirteen weeks that end with a week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendPoint {
    /// The Monday on which the thirteen weeks end.
    pub until: Day,
    /// The score of these weeks.
    pub score: ReportScore,
}

/// The scores of a segment, or of everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentScores {
    /// The segment's key; `None` for everybody.
    pub key: Option<String>,
    /// The displayed name.
    pub name: String,
    /// True for the one primary customer, or for everybody while none is declared.
    pub is_primary: bool,
    /// The newest complete week.
    pub week: ReportScore,
    /// The week before it.
    pub week_before: ReportScore,
    /// The newest thirteen weeks.
    pub quarter: ReportScore,
    /// The thirteen weeks before them.
    pub quarter_before: ReportScore,
    /// The same thirteen weeks a year before.
    pub year_ago: ReportScore,
    /// The change from the thirteen weeks before to the newest ones; `None` unless both scores are shown.
    pub change: Option<ScoreChange>,
    /// Half a year of scores of thirteen weeks each, oldest first.
    pub trend: Vec<TrendPoint>,
}

impl ReportScore {
    /// The score of counts, suppressed where the audience may not see it.
    pub fn of(counts: NpsCounts, audience: ReportAudience) -> Self {
        let responses = counts.responses();
        let reading = match counts.score().zip(counts.interval(LEVEL)) {
            None => ScoreReading::Nothing,
            Some(_) if responses < audience.suppress_below => ScoreReading::Suppressed,
            Some((score, interval)) => ScoreReading::Shown(score, interval),
        };
        Self { responses, reading }
    }

    /// The score in NPS points and its interval; `None` when it is not shown.
    pub fn shown(&self) -> Option<(f64, ConfidenceInterval)> {
        match self.reading {
            ScoreReading::Shown(score, interval) => Some((score, interval)),
            ScoreReading::Nothing | ScoreReading::Suppressed => None,
        }
    }
}

impl ScoreChange {
    /// The difference of two scores; `None` unless both are shown.
    pub fn between(later: &ReportScore, earlier: &ReportScore) -> Option<Self> {
        let (later, earlier) = later.shown().zip(earlier.shown())?;
        Some(Self { points: later.0 - earlier.0, interval: mover_difference(later, earlier) })
    }

    /// The direction of the change, by its interval.
    pub fn direction(&self) -> ChangeDirection {
        if self.interval.low > 0.0 {
            ChangeDirection::Up
        } else if self.interval.high < 0.0 {
            ChangeDirection::Down
        } else {
            ChangeDirection::Unclear
        }
    }
}

/// The Mondays of every week that a report reads.
pub fn weeks(until: Day) -> BTreeSet<Day> {
    let count = (YEAR_WEEKS + ROLLING_WEEKS).max(TREND_WEEKS + ROLLING_WEEKS);
    (1..=count).map(|week| until.plus_days(-7 * week)).collect()
}

/// The scores of every segment; where no segment is the primary customer, those of everybody come first.
///
/// `weekly` holds the counts of everybody, then those of each member, in order.
pub fn segment_scores(
    members: &[CurrentSegment],
    weekly: &[BTreeMap<Day, NpsCounts>],
    until: Day,
    audience: ReportAudience,
) -> Vec<SegmentScores> {
    let has_primary = members.iter().any(|member| member.is_primary);
    let everybody = weekly.first().filter(|_| !has_primary).map(|weekly| {
        let segment = scores_of(weekly, until, audience);
        SegmentScores { name: "Everybody".to_owned(), is_primary: true, ..segment }
    });
    let of_members = members.iter().zip(weekly.iter().skip(1)).map(|(member, weekly)| SegmentScores {
        key: Some(member.key.clone()),
        name: member.name.clone(),
        is_primary: member.is_primary,
        ..scores_of(weekly, until, audience)
    });
    everybody.into_iter().chain(of_members).collect()
}

fn scores_of(weekly: &BTreeMap<Day, NpsCounts>, until: Day, audience: ReportAudience) -> SegmentScores {
    let sum = |end: Day, weeks: i32| {
        let mut counts = NpsCounts::default();
        weekly.range(end.plus_days(-7 * weeks)..end).for_each(|(_, week)| counts += *week);
        ReportScore::of(counts, audience)
    };
    let quarter = sum(until, ROLLING_WEEKS);
    let quarter_before = sum(until.plus_days(-7 * ROLLING_WEEKS), ROLLING_WEEKS);
    let ends = (0..TREND_WEEKS).rev().map(|week| until.plus_days(-7 * week));
    SegmentScores {
        key: None,
        name: String::new(),
        is_primary: false,
        week: sum(until, 1),
        week_before: sum(until.plus_days(-7), 1),
        quarter,
        quarter_before,
        year_ago: sum(until.plus_days(-7 * YEAR_WEEKS), ROLLING_WEEKS),
        change: ScoreChange::between(&quarter, &quarter_before),
        trend: ends.map(|end| TrendPoint { until: end, score: sum(end, ROLLING_WEEKS) }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: ReportAudience = ReportAudience { reads_comments: true, suppress_below: 0 };

    #[test]
    fn windows_of_a_segment_do_not_overlap_and_reach_a_year_back() {
        let until = Day(4 + 7 * 100);
        let counts = |week: i32| NpsCounts { promoters: 1, passives: 0, detractors: u64::from(week > 13) };
        let weekly: BTreeMap<Day, NpsCounts> =
            (1..=80).map(|week| (until.plus_days(-7 * week), counts(week))).collect();
        let segment = scores_of(&weekly, until, ALL);
        assert_eq!((segment.week.responses, segment.quarter.responses, segment.quarter_before.responses), (1, 13, 26));
        assert_eq!(segment.year_ago.responses, 26);
        assert_eq!(segment.quarter.shown().map(|(score, _)| score), Some(100.0));
        let change = segment.change.expect("two scores");
        assert!((change.points - 100.0).abs() < 1e-9 && change.direction() == ChangeDirection::Up, "{change:?}");
        assert_eq!(segment.trend.len(), 26);
        assert_eq!(segment.trend.last().map(|trend| trend.score), Some(segment.quarter));
        let reached = weeks(until);
        assert!(reached.contains(&until.plus_days(-7)) && reached.contains(&until.plus_days(-7 * 65)));
        assert!(!reached.contains(&until));
    }

    #[test]
    fn a_small_group_shows_its_size_and_nothing_else() {
        let counts = NpsCounts { promoters: 3, passives: 0, detractors: 1 };
        let suppressing = ReportAudience { reads_comments: false, suppress_below: 5 };
        assert_eq!(
            ReportScore::of(counts, suppressing),
            ReportScore { responses: 4, reading: ScoreReading::Suppressed }
        );
        assert_eq!(ReportScore::of(counts, ALL).shown().map(|(score, _)| score), Some(50.0));
        assert_eq!(ReportScore::of(NpsCounts::default(), suppressing).reading, ScoreReading::Nothing);
        assert_eq!(ScoreChange::between(&ReportScore::of(counts, suppressing), &ReportScore::of(counts, ALL)), None);
    }
}
