//! A rank test of single responses, 0 to 10: did they rise, regardless of the limits of promoters, passives and
//! detractors?
//!
//! It ignores what a review accounts for (week noise, season, many looks) and detects what the score hides, such as
//! responses that rose from 2 to 6. Therefore it is a sensitivity analysis shown next to a verdict, never a verdict.

use crate::normal;
use crate::number;

/// How many responses gave each score, 0 to 10.
pub type ScoreHistogram = [u64; 11];

/// How much the responses rose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTestResult {
    /// The probability that a response after is higher than one before, 0 to 1; ties count half.
    pub superiority: f64,
    /// The same among everybody else; `None` without a comparison, or where an arm has fewer than two responses.
    pub comparison: Option<f64>,
    /// How far `superiority` exceeds `comparison`, or one half without a comparison; -1 to 1.
    pub excess: f64,
    /// The lower end of the 95 % interval of the excess.
    pub low: f64,
    /// The upper end of the 95 % interval of the excess.
    pub high: f64,
    /// The two-sided p-value of the hypothesis that there is no excess.
    pub p: f64,
}

/// How much the target's responses rose, compared with everybody else's; each is (before, after). `None` when the
/// target has fewer than two responses before or after.
///
/// Superiority and its variance are those of Brunner & Munzel (2000, Biometrical Journal 42, 17-25), by placements; a
/// difference of two independent ones is normal with the sum of their variances.
pub fn rise(
    target: (&ScoreHistogram, &ScoreHistogram),
    comparison: Option<(&ScoreHistogram, &ScoreHistogram)>,
) -> Option<RankTestResult> {
    let (superiority, mut variance) = superiority(target.0, target.1)?;
    let compared = comparison.and_then(|(before, after)| self::superiority(before, after));
    variance += compared.map_or(0.0, |(_, variance)| variance);
    let excess = superiority - compared.map_or(0.5, |(other, _)| other);
    let reach = normal::quantile(0.975) * variance.sqrt();
    let p = if variance > 0.0 { 2.0 * normal::cdf(-excess.abs() / variance.sqrt()) } else { 1.0 };
    Some(RankTestResult {
        superiority,
        comparison: compared.map(|(other, _)| other),
        excess,
        low: (excess - reach).max(-1.0),
        high: (excess + reach).min(1.0),
        p,
    })
}

/// The probability that a response of `after` is higher than one of `before`, and its variance.
fn superiority(before: &ScoreHistogram, after: &ScoreHistogram) -> Option<(f64, f64)> {
    let (first, second) = (total(before), total(after));
    if first < 2.0 || second < 2.0 {
        return None;
    }
    let above = placements(before, first);
    let below = placements(after, second);
    let mean = weighted(after, second, |score| above[score]);
    let spread = weighted(after, second, |score| (above[score] - mean).powi(2)) / (second - 1.0)
        + weighted(before, first, |score| (below[score] - (1.0 - mean)).powi(2)) / (first - 1.0);
    // Where the two do not overlap at all, the ranks contain no information about the spread: the standard error is taken
    // to be the share of half a response of the smaller group, which might have overlapped.
    let least = (0.5 / (first.min(second) + 1.0)).powi(2);
    let variance = if spread > 0.0 || mean > 0.0 && mean < 1.0 { spread } else { least };
    Some((mean, variance))
}

/// The share of responses below each score, counting those equal to it half.
fn placements(responses: &ScoreHistogram, total: f64) -> [f64; 11] {
    let mut below = 0.0;
    responses.map(|count| {
        let count = number::of_count(count);
        let place = (below + 0.5 * count) / total;
        below += count;
        place
    })
}

fn weighted(responses: &ScoreHistogram, total: f64, value: impl Fn(usize) -> f64) -> f64 {
    responses.iter().enumerate().map(|(score, count)| number::of_count(*count) * value(score)).sum::<f64>() / total
}

fn total(responses: &ScoreHistogram) -> f64 {
    number::of_count(responses.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the paper's pain scores after surgery, of 14 and 11 patients: superiority .788961, statistic 3.137467.
    const ACTIVE: ScoreHistogram = [0, 11, 2, 0, 1, 0, 0, 0, 0, 0, 0];
    const PLACEBO: ScoreHistogram = [0, 3, 1, 4, 2, 1, 0, 0, 0, 0, 0];

    #[test]
    fn superiority_and_its_variance_are_those_of_the_paper() {
        let (found, variance) = superiority(&ACTIVE, &PLACEBO).expect("responses");
        let statistic = (found - 0.5) / variance.sqrt();
        assert!((found - 0.788_961).abs() < 1e-6 && (statistic - 3.137_467).abs() < 1e-6, "{found} {statistic}");
    }

    #[test]
    fn swapping_before_and_after_mirrors_the_rise() {
        let there = rise((&ACTIVE, &PLACEBO), None).expect("responses");
        let back = rise((&PLACEBO, &ACTIVE), None).expect("responses");
        assert!((there.excess + back.excess).abs() < 1e-12 && (there.low + back.high).abs() < 1e-12);
        assert!((there.p - back.p).abs() < 1e-12 && there.p < 0.01);
    }

    #[test]
    fn what_everybody_does_is_no_rise_of_the_target() {
        let both = rise((&ACTIVE, &PLACEBO), Some((&ACTIVE, &PLACEBO))).expect("responses");
        assert!(both.excess.abs() < 1e-12 && both.p > 0.999 && both.comparison == Some(both.superiority));
        assert!(both.low < 0.0 && both.high > 0.0);
    }

    #[test]
    fn few_or_extreme_responses_have_a_result_or_none() {
        let (mut none, mut tens) = ([0; 11], [0; 11]);
        assert_eq!(rise((&ACTIVE, &none), None), None);
        none[0] = 1_000_000;
        tens[10] = 2;
        let rose = rise((&none, &tens), Some((&[0; 11], &ACTIVE))).expect("responses");
        assert_eq!((rose.superiority, rose.comparison), (1.0, None));
        assert!(rose.p.is_finite() && rose.low < 0.5 && rose.high > 0.5, "{rose:?}");
        let same = rise((&tens, &tens), None).expect("responses");
        assert!(same.excess.abs() < 1e-12 && same.p > 0.999, "{same:?}");
    }
}
