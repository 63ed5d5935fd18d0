//! The rules that turn an interval into words (statistics.md, points 8 and 9), and into a time to wait.

use super::{ExpectationOutcome, Verdict};

/// Effects below this are never worth a claim, NPS points.
const SMALLEST_RELEVANT_EFFECT: f64 = 2.0;

/// The normal quantile of .8: the margin for a power of 80 %.
pub(super) const POWER_MARGIN: f64 = 0.841_621_233_572_914_3;

/// The boundary of the last of twelve O'Brien-Fleming looks (`reference-numbers.json`). Earlier looks need about this
/// divided by the square root of the share of the horizon.
const LAST_BOUNDARY: f64 = 2.1349;

/// Waits longer than ten years are not worth a number.
const LONGEST_WAIT_WEEKS: f64 = 520.0;

/// Half the width of the region of practical equivalence around 0 for an expected `impact`, NPS points.
pub fn equivalence_region(impact: f64) -> f64 {
    SMALLEST_RELEVANT_EFFECT.max(impact.abs() / 2.0)
}

/// What an interval lets one claim, if anything.
pub(super) fn claim(low: f64, high: f64, impact: f64) -> Option<Verdict> {
    let region = equivalence_region(impact);
    if -region < low && high < region {
        Some(Verdict::DidNotMove)
    } else if low > 0.0 {
        Some(Verdict::MovedUp)
    } else if high < 0.0 {
        Some(Verdict::MovedDown)
    } else {
        None
    }
}

/// The effect against the expectation. `range` is the interval, if there is an estimate to speak of.
pub(super) fn outcome(range: Option<(f64, f64)>, impact: f64, verdict: Verdict) -> ExpectationOutcome {
    if impact == 0.0 {
        return match verdict {
            Verdict::DidNotMove => ExpectationOutcome::Met,
            Verdict::MovedUp => ExpectationOutcome::Exceeded,
            Verdict::MovedDown => ExpectationOutcome::Missed,
            _ => ExpectationOutcome::Undetermined,
        };
    }
    let Some((low, high)) = range else {
        return ExpectationOutcome::Undetermined;
    };
    // An expected fall is an expected rise in the mirror.
    let (low, high) = if impact < 0.0 { (-high, -low) } else { (low, high) };
    if high < impact.abs() {
        ExpectationOutcome::Missed
    } else if low > impact.abs() {
        ExpectationOutcome::Exceeded
    } else if low > 0.0 {
        ExpectationOutcome::Met
    } else {
        ExpectationOutcome::Undetermined
    }
}

/// Weeks after the start by which an effect as large as expected (2 points at least) would be claimed with a chance of
/// 80 %, when after `weeks` its standard error is `standard_error`; `None` beyond ten years.
///
/// The standard error falls with the square root of the weeks w, and inside the horizon H the boundary with
/// `sqrt(H / w)`: a quadratic equation in `1 / sqrt(w)`. Beyond the horizon the boundary stays at its last value.
pub(super) fn weeks_to_decide(impact: f64, standard_error: f64, weeks: f64, horizon_weeks: f64) -> Option<f64> {
    let wanted = SMALLEST_RELEVANT_EFFECT.max(impact.abs());
    let unit = standard_error * weeks.sqrt();
    let after_horizon = (unit * (LAST_BOUNDARY + POWER_MARGIN) / wanted).powi(2);
    let needed = if after_horizon >= horizon_weeks {
        after_horizon
    } else {
        let (square, linear) = (unit * LAST_BOUNDARY * horizon_weeks.sqrt(), unit * POWER_MARGIN);
        let root = (linear * linear + 4.0 * square * wanted).sqrt();
        (2.0 * square / (root - linear)).powi(2)
    };
    (needed <= LONGEST_WAIT_WEEKS).then_some(needed.max(weeks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_inside_the_region_is_a_finding() {
        assert_eq!(claim(-1.9, 1.9, 1.0), Some(Verdict::DidNotMove));
        assert_eq!(claim(0.5, 1.9, -1.0), Some(Verdict::DidNotMove));
        assert_eq!(claim(-3.9, 3.9, -8.0), Some(Verdict::DidNotMove));
        assert_eq!(claim(0.1, 9.0, 1.0), Some(Verdict::MovedUp));
        assert_eq!(claim(-9.0, -0.1, 1.0), Some(Verdict::MovedDown));
        assert_eq!(claim(-2.0, 1.0, 1.0), None);
    }

    #[test]
    fn a_fall_is_judged_like_a_rise_in_the_mirror() {
        for (low, high, expected) in [
            (1.0, 4.0, ExpectationOutcome::Missed),
            (-3.0, 4.0, ExpectationOutcome::Missed),
            (6.0, 9.0, ExpectationOutcome::Exceeded),
            (1.0, 9.0, ExpectationOutcome::Met),
            (-1.0, 9.0, ExpectationOutcome::Undetermined),
        ] {
            assert_eq!(outcome(Some((low, high)), 5.0, Verdict::TooEarly), expected);
            assert_eq!(outcome(Some((-high, -low)), -5.0, Verdict::TooEarly), expected);
        }
    }

    #[test]
    fn an_expected_nothing_follows_the_verdict() {
        let of = |verdict| outcome(Some((1.0, 2.0)), 0.0, verdict);
        assert_eq!(of(Verdict::DidNotMove), ExpectationOutcome::Met);
        assert_eq!(of(Verdict::MovedUp), ExpectationOutcome::Exceeded);
        assert_eq!(of(Verdict::MovedDown), ExpectationOutcome::Missed);
        assert_eq!(of(Verdict::TooEarly), ExpectationOutcome::Undetermined);
    }

    #[test]
    fn the_wait_meets_the_boundary_it_was_computed_for() {
        let weeks = weeks_to_decide(10.0, 3.0, 4.0, 12.0).unwrap_or_default();
        let boundary = LAST_BOUNDARY * (12.0 / weeks).sqrt();
        let standard_error = 3.0 * (4.0 / weeks).sqrt();
        assert!(weeks < 12.0 && ((boundary + POWER_MARGIN) * standard_error - 10.0).abs() < 1e-9);
        let longer = weeks_to_decide(5.0, 3.0, 4.0, 12.0).unwrap_or_default();
        assert!((longer - 4.0 * (3.0 * (LAST_BOUNDARY + POWER_MARGIN) / 5.0).powi(2)).abs() < 1e-9);
        assert_eq!(weeks_to_decide(0.0, 30.0, 4.0, 12.0), None);
    }
}
