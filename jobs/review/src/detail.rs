//! Maps the results of the statistics to the stored enums, each by one exhaustive `match`, and the columns of a stored
//! review to the types of the statistics.

use entity::decision_review::Model as ReviewRow;
use entity::review_series::ReviewSeries;
use entity::verdict::{ExpectationOutcome, ReviewMethod, Verdict};
use needle_stats::interval::ConfidenceInterval;
use needle_stats::nps::NpsCounts;
use needle_stats::review::{self as found, equivalence_region};

/// The numbers of a stored review, as types of the statistics.
pub trait ReviewNumbers {
    /// The interval of the effect; `None` when nothing could be estimated.
    fn interval(&self) -> Option<ConfidenceInterval>;

    /// The target's responses before the decision, within the review's window.
    fn before(&self) -> NpsCounts;

    /// The target's responses since the decision took effect.
    fn after(&self) -> NpsCounts;

    /// Everyone else's responses before the decision; `None` without a comparison.
    fn comparison_before(&self) -> Option<NpsCounts>;

    /// Everyone else's responses since the decision took effect; `None` without a comparison.
    fn comparison_after(&self) -> Option<NpsCounts>;

    /// True when the look no longer agrees with a verdict that an earlier one settled: the interval of what moved the score
    /// contains zero again, or the effect of what did not move it matters.
    fn is_contradicted(&self, expected_impact: f64) -> bool;
}

impl ReviewNumbers for ReviewRow {
    fn interval(&self) -> Option<ConfidenceInterval> {
        Some(ConfidenceInterval { low: self.interval_low?, high: self.interval_high?, level: self.interval_level? })
    }

    fn before(&self) -> NpsCounts {
        counts(self.before_promoters, self.before_passives, self.before_detractors)
    }

    fn after(&self) -> NpsCounts {
        counts(self.after_promoters, self.after_passives, self.after_detractors)
    }

    fn comparison_before(&self) -> Option<NpsCounts> {
        let (promoters, passives) = (self.comparison_before_promoters?, self.comparison_before_passives?);
        Some(counts(promoters, passives, self.comparison_before_detractors?))
    }

    fn comparison_after(&self) -> Option<NpsCounts> {
        let (promoters, passives) = (self.comparison_after_promoters?, self.comparison_after_passives?);
        Some(counts(promoters, passives, self.comparison_after_detractors?))
    }

    fn is_contradicted(&self, expected_impact: f64) -> bool {
        match self.verdict {
            Verdict::MovedUp => self.interval_low.is_some_and(|low| low <= 0.0),
            Verdict::MovedDown => self.interval_high.is_some_and(|high| high >= 0.0),
            Verdict::DidNotMove => self.effect.is_some_and(|effect| effect.abs() > equivalence_region(expected_impact)),
            Verdict::TooEarly | Verdict::NotEnoughData | Verdict::Confounded => false,
        }
    }
}

const fn counts(promoters: i64, passives: i64, detractors: i64) -> NpsCounts {
    NpsCounts {
        promoters: promoters.cast_unsigned(),
        passives: passives.cast_unsigned(),
        detractors: detractors.cast_unsigned(),
    }
}

/// The verdict as it is stored.
pub const fn verdict(verdict: found::TestVerdict) -> Verdict {
    match verdict {
        found::TestVerdict::MovedUp => Verdict::MovedUp,
        found::TestVerdict::MovedDown => Verdict::MovedDown,
        found::TestVerdict::DidNotMove => Verdict::DidNotMove,
        found::TestVerdict::TooEarly => Verdict::TooEarly,
        found::TestVerdict::NotEnoughData => Verdict::NotEnoughData,
        found::TestVerdict::Confounded => Verdict::Confounded,
    }
}

/// The method as it is stored.
pub const fn method(method: found::EstimationMethod) -> ReviewMethod {
    match method {
        found::EstimationMethod::DifferenceInDifferences => ReviewMethod::DifferenceInDifferences,
        found::EstimationMethod::InterruptedTimeSeries => ReviewMethod::InterruptedTimeSeries,
    }
}

/// The outcome as it is stored.
pub const fn expectation_outcome(outcome: found::ExpectationResult) -> ExpectationOutcome {
    match outcome {
        found::ExpectationResult::Exceeded => ExpectationOutcome::Exceeded,
        found::ExpectationResult::Met => ExpectationOutcome::Met,
        found::ExpectationResult::Missed => ExpectationOutcome::Missed,
        found::ExpectationResult::Undetermined => ExpectationOutcome::Undetermined,
    }
}

/// The ends of a stored week's expected range as an interval; `None` where the week has no range or the series no
/// level.
pub fn expected_interval(series: &ReviewSeries, range: Option<(f64, f64)>) -> Option<ConfidenceInterval> {
    let (low, high) = range?;
    Some(ConfidenceInterval { low, high, level: series.level? })
}
