//! The rules that map an interval to a verdict (`docs/statistics.md`, "Many looks" and "No movement"), and to a waiting
//! time.

use super::finding::{ExpectationResult, TestVerdict};
use crate::interval::ConfidenceInterval;

/// Smaller effects are never claimed, NPS points.
const SMALLEST_RELEVANT_EFFECT: f64 = 2.0;

/// The normal quantile of .8: the margin for a power of 80 %.
pub(super) const POWER_MARGIN: f64 = 0.841_621_233_572_914_3;

/// Halvings of the horizon when a waiting time is searched.
const HALVINGS: u32 = 50;

/// Waiting times beyond ten years are not reported.
const LONGEST_WAIT_WEEKS: f64 = 520.0;

/// Half the width of the region of practical equivalence around 0 for an expected `impact`, NPS points.
pub fn equivalence_region(impact: f64) -> f64 {
    SMALLEST_RELEVANT_EFFECT.max(impact.abs() / 2.0)
}

/// The claim that an interval supports, if any. "Did not move" is claimed when equivalence is shown.
pub(super) fn claim(interval: ConfidenceInterval, is_equivalent: bool) -> Option<TestVerdict> {
    if is_equivalent {
        Some(TestVerdict::DidNotMove)
    } else if interval.low > 0.0 {
        Some(TestVerdict::MovedUp)
    } else if interval.high < 0.0 {
        Some(TestVerdict::MovedDown)
    } else {
        None
    }
}

/// The effect compared with the expectation. `range` is the interval; `None` without an estimate.
pub(super) fn outcome(range: Option<(f64, f64)>, impact: f64, verdict: TestVerdict) -> ExpectationResult {
    if impact == 0.0 {
        return match verdict {
            TestVerdict::DidNotMove => ExpectationResult::Met,
            TestVerdict::MovedUp => ExpectationResult::Exceeded,
            TestVerdict::MovedDown => ExpectationResult::Missed,
            _ => ExpectationResult::Undetermined,
        };
    }
    let Some((low, high)) = range else {
        return ExpectationResult::Undetermined;
    };
    // Better and worse are the customers', of an expected fall too: a larger fall than expected is no success.
    if high < impact {
        ExpectationResult::Missed
    } else if low > impact {
        ExpectationResult::Exceeded
    } else if (impact > 0.0 && low > 0.0) || (impact < 0.0 && high < 0.0) {
        ExpectationResult::Met
    } else {
        ExpectationResult::Undetermined
    }
}

/// Weeks after the start by which an effect as large as expected (at least 2 points) would be claimed with a
/// probability of 80 %, when the standard error after `weeks` is `standard_error`; `None` beyond ten years.
///
/// The standard error falls with the square root of the weeks, and within the horizon the boundary falls too. Beyond
/// the horizon the boundary keeps its last value.
pub(super) fn weeks_to_decide(impact: f64, standard_error: f64, weeks: f64, horizon_weeks: f64) -> Option<f64> {
    let relevant_effect = SMALLEST_RELEVANT_EFFECT.max(impact.abs());
    let unit = standard_error * weeks.sqrt();
    let by = |share: f64| (unit * (usual_boundary(share) + POWER_MARGIN) / relevant_effect).powi(2);
    let mut needed = by(1.0);
    if needed < horizon_weeks {
        let (mut low, mut high) = (0.0, horizon_weeks);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if by(middle / horizon_weeks) > middle {
                low = middle;
            } else {
                high = middle;
            }
        }
        needed = high;
    }
    (needed <= LONGEST_WAIT_WEEKS).then_some(needed.max(weeks))
}

/// Approximately the boundary after a share of the horizon with twelve looks: within 3 % from the second on, because
/// the boundary of a power of the share falls with its logarithm.
fn usual_boundary(share: f64) -> f64 {
    2.15 - 0.9 * share.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::SequentialBoundary;
    use crate::limit::SPENDING;

    #[test]
    fn an_interval_off_zero_is_a_claim_and_equivalence_a_finding() {
        let claim =
            |low: f64, high: f64, is_equivalent| claim(ConfidenceInterval { low, high, level: 0.95 }, is_equivalent);
        assert_eq!(claim(-1.9, 1.9, true), Some(TestVerdict::DidNotMove));
        assert_eq!(claim(0.5, 1.9, true), Some(TestVerdict::DidNotMove));
        assert_eq!(claim(0.1, 9.0, false), Some(TestVerdict::MovedUp));
        assert_eq!(claim(-9.0, -0.1, false), Some(TestVerdict::MovedDown));
        assert_eq!(claim(-2.0, 1.0, false), None);
    }

    #[test]
    fn better_and_worse_are_the_customers_whether_a_rise_or_a_fall_was_expected() {
        for (impact, low, high, expected) in [
            (5.0, 1.0, 4.0, ExpectationResult::Missed),
            (5.0, -3.0, 4.0, ExpectationResult::Missed),
            (5.0, 6.0, 9.0, ExpectationResult::Exceeded),
            (5.0, 1.0, 9.0, ExpectationResult::Met),
            (5.0, -1.0, 9.0, ExpectationResult::Undetermined),
            (-3.0, -20.0, -16.0, ExpectationResult::Missed),
            (-3.0, -1.5, -0.5, ExpectationResult::Exceeded),
            (-3.0, -2.0, 3.0, ExpectationResult::Exceeded),
            (-3.0, -9.0, -1.0, ExpectationResult::Met),
            (-3.0, -9.0, 1.0, ExpectationResult::Undetermined),
        ] {
            let found = outcome(Some((low, high)), impact, TestVerdict::TooEarly);
            assert_eq!(found, expected, "{impact} against {low} to {high}");
        }
    }

    #[test]
    fn an_expected_zero_follows_the_verdict() {
        let of = |verdict| outcome(Some((1.0, 2.0)), 0.0, verdict);
        assert_eq!(of(TestVerdict::DidNotMove), ExpectationResult::Met);
        assert_eq!(of(TestVerdict::MovedUp), ExpectationResult::Exceeded);
        assert_eq!(of(TestVerdict::MovedDown), ExpectationResult::Missed);
        assert_eq!(of(TestVerdict::TooEarly), ExpectationResult::Undetermined);
    }

    #[test]
    fn the_wait_meets_the_boundary_it_was_computed_for() {
        let weeks = weeks_to_decide(10.0, 3.0, 4.0, 12.0).expect("weeks");
        let standard_error = 3.0 * (4.0 / weeks).sqrt();
        let boundary = usual_boundary(weeks / 12.0);
        assert!(weeks < 12.0 && ((boundary + POWER_MARGIN) * standard_error - 10.0).abs() < 1e-9);
        let longer = weeks_to_decide(5.0, 3.0, 4.0, 12.0).expect("weeks");
        let last = usual_boundary(1.0);
        assert!((longer - 4.0 * (3.0 * (last + POWER_MARGIN) / 5.0).powi(2)).abs() < 1e-9);
        assert_eq!(weeks_to_decide(0.0, 30.0, 4.0, 12.0), None);
    }

    #[test]
    fn the_usual_boundary_is_near_the_exact_one() {
        let (mut boundary, mut spent) = (SequentialBoundary::new(), 0.0);
        for look in 1..=12 {
            let share = f64::from(look) / 12.0;
            let by_now = SPENDING.spent(0.05, share);
            let exact = boundary.look(share, by_now - spent);
            spent = by_now;
            let found = usual_boundary(share);
            assert!(look == 1 || (found / exact - 1.0).abs() < 0.03, "{found} instead of {exact}");
        }
    }
}
