//! What the statistics find as the database keeps it, each by one exhaustive `match`; and the numbers of a stored review
//! as the statistics take them.

use entity::decision_review::Model as ReviewRow;
use entity::review_series::ReviewSeries;
use entity::verdict::{ExpectationOutcome, ReviewMethod, Verdict};
use needle_stats::interval::Interval;
use needle_stats::nps::Counts;
use needle_stats::review as found;

/// The numbers of a stored review.
pub trait ReviewNumbers {
    /// The interval of the effect; `None` when nothing could be estimated.
    fn interval(&self) -> Option<Interval>;

    /// The target's responses before the decision.
    fn before(&self) -> Counts;

    /// The target's responses since.
    fn after(&self) -> Counts;

    /// Everyone else's responses before; `None` without a comparison.
    fn comparison_before(&self) -> Option<Counts>;

    /// Everyone else's responses since; `None` without a comparison.
    fn comparison_after(&self) -> Option<Counts>;
}

impl ReviewNumbers for ReviewRow {
    fn interval(&self) -> Option<Interval> {
        Some(Interval { low: self.interval_low?, high: self.interval_high?, level: self.interval_level? })
    }

    fn before(&self) -> Counts {
        counts(self.before_promoters, self.before_passives, self.before_detractors)
    }

    fn after(&self) -> Counts {
        counts(self.after_promoters, self.after_passives, self.after_detractors)
    }

    fn comparison_before(&self) -> Option<Counts> {
        let (promoters, passives) = (self.comparison_before_promoters?, self.comparison_before_passives?);
        Some(counts(promoters, passives, self.comparison_before_detractors?))
    }

    fn comparison_after(&self) -> Option<Counts> {
        let (promoters, passives) = (self.comparison_after_promoters?, self.comparison_after_passives?);
        Some(counts(promoters, passives, self.comparison_after_detractors?))
    }
}

const fn counts(promoters: i64, passives: i64, detractors: i64) -> Counts {
    Counts {
        promoters: promoters.cast_unsigned(),
        passives: passives.cast_unsigned(),
        detractors: detractors.cast_unsigned(),
    }
}

/// The verdict as it is stored.
pub const fn verdict(verdict: found::Verdict) -> Verdict {
    match verdict {
        found::Verdict::MovedUp => Verdict::MovedUp,
        found::Verdict::MovedDown => Verdict::MovedDown,
        found::Verdict::DidNotMove => Verdict::DidNotMove,
        found::Verdict::TooEarly => Verdict::TooEarly,
        found::Verdict::NotEnoughData => Verdict::NotEnoughData,
        found::Verdict::Confounded => Verdict::Confounded,
    }
}

/// The method as it is stored.
pub const fn method(method: found::Method) -> ReviewMethod {
    match method {
        found::Method::DifferenceInDifferences => ReviewMethod::DifferenceInDifferences,
        found::Method::InterruptedTimeSeries => ReviewMethod::InterruptedTimeSeries,
    }
}

/// The outcome as it is stored.
pub const fn expectation_outcome(outcome: found::ExpectationOutcome) -> ExpectationOutcome {
    match outcome {
        found::ExpectationOutcome::Exceeded => ExpectationOutcome::Exceeded,
        found::ExpectationOutcome::Met => ExpectationOutcome::Met,
        found::ExpectationOutcome::Missed => ExpectationOutcome::Missed,
        found::ExpectationOutcome::Undetermined => ExpectationOutcome::Undetermined,
    }
}

/// The ends of a stored week's expected range as an interval.
pub fn expected_interval(series: &ReviewSeries, range: Option<(f64, f64)>) -> Option<Interval> {
    let (low, high) = range?;
    Some(Interval { low, high, level: series.level? })
}
