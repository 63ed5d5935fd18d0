//! What a stored review says beyond its verdict and effect, as JSON in its row.

use entity::Day;
use needle_stats::interval::Interval;
use needle_stats::nps::Counts;
use serde::{Deserialize, Serialize};

/// The detail of one review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// `DIFFERENCE_IN_DIFFERENCES` or `INTERRUPTED_TIME_SERIES`; `None` when nothing could be estimated.
    pub method: Option<String>,
    /// The interval of the effect, which holds over all weekly looks at once.
    pub interval: Option<Range>,
    /// The standard error of the effect, in NPS points.
    pub standard_error: Option<f64>,
    /// The target's answers before the decision.
    pub before: Tally,
    /// The target's answers since.
    pub after: Tally,
    /// The others' answers before; `None` without a comparison.
    pub comparison_before: Option<Tally>,
    /// The others' answers since.
    pub comparison_after: Option<Tally>,
    /// `EXCEEDED`, `MET`, `MISSED` or `UNDETERMINED`.
    pub expectation_outcome: String,
    /// The smallest effect that could have been seen with 80 % power, in NPS points.
    pub smallest_detectable_effect: Option<f64>,
    /// When more data should settle it, at the present rate of answers.
    pub decidable_by: Option<Day>,
    /// What to bear in mind.
    pub caveats: Vec<Caveat>,
    /// Week by week.
    pub series: Vec<Week>,
}

/// Counts of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Answers of 9 or 10.
    pub promoters: u64,
    /// Answers of 7 or 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

/// An interval in NPS points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The low end.
    pub low: f64,
    /// The high end.
    pub high: f64,
    /// Its level, 0 to 1.
    pub level: f64,
}

/// One thing to bear in mind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Caveat {
    /// Its kind, by its GraphQL name.
    pub code: String,
    /// In words.
    pub message: String,
}

/// One week of the target's score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Week {
    /// The Monday.
    pub start: Day,
    /// The observed score, adjusted for who answered.
    pub observed: Option<f64>,
    /// What was to be expected without the decision.
    pub expected: Option<f64>,
    /// The interval of what was to be expected.
    pub expected_interval: Option<Range>,
    /// The target's answers of the week.
    pub responses: u64,
}

impl From<Counts> for Tally {
    fn from(counts: Counts) -> Self {
        Self { promoters: counts.promoters, passives: counts.passives, detractors: counts.detractors }
    }
}

impl From<Tally> for Counts {
    fn from(tally: Tally) -> Self {
        Self { promoters: tally.promoters, passives: tally.passives, detractors: tally.detractors }
    }
}

impl From<Interval> for Range {
    fn from(interval: Interval) -> Self {
        Self { low: interval.low, high: interval.high, level: interval.level }
    }
}

impl From<Range> for Interval {
    fn from(range: Range) -> Self {
        Self { low: range.low, high: range.high, level: range.level }
    }
}
