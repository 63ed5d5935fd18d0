//! Many decisions at once: which claims survive the correction for their number, and how many points they add up to.

use crate::interval::ConfidenceInterval;
use crate::normal;
use crate::number;

/// The expected share of claims of movement that are false, among all decisions that are reviewed at once
/// (`docs/statistics.md`, "Many decisions").
pub const FALSE_DISCOVERY_RATE: f64 = 0.1;

/// Which of many hypotheses are rejected at false discovery rate `rate`, in their order.
///
/// The step-up procedure of Benjamini & Hochberg (1995, Journal of the Royal Statistical Society B 57, 289-300). A
/// value that is not a number is never rejected, but counts as a tested hypothesis.
pub fn rejected(p_values: &[f64], rate: f64) -> Vec<bool> {
    let tested = number::of_index(p_values.len());
    let order = ascending(p_values);
    // Multiplied instead of divided, because quotients would break exact ties with the rate.
    let passes = |rank: usize| p_values[order[rank]] * tested <= rate * number::of_index(rank + 1);
    let largest = (0..order.len()).rev().find(|rank| passes(*rank));
    let mut rejected = vec![false; p_values.len()];
    for place in order.iter().take(largest.map_or(0, |rank| rank + 1)) {
        rejected[*place] = true;
    }
    rejected
}

/// The positions of the values in ascending order; values that are not numbers come last.
fn ascending(values: &[f64]) -> Vec<usize> {
    let key = |place: usize| if values[place].is_nan() { f64::INFINITY } else { values[place] };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| key(*one).total_cmp(&key(*other)));
    order
}

/// One measured effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredEffect {
    /// The estimate, NPS points.
    pub effect: f64,
    /// Its standard error, NPS points.
    pub standard_error: f64,
}

/// The sum of some effects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PortfolioTotal {
    /// How many effects were added.
    pub effects: usize,
    /// Their sum as estimated, too far from 0 whenever the largest estimates are the luckiest. NPS points.
    pub unshrunk: f64,
    /// Their sum, each shrunk towards 0 according to how much the effects of the whole portfolio vary. NPS points.
    pub points: f64,
    /// The interval of `points`, NPS points.
    pub interval: ConfidenceInterval,
}

/// The scale of the half-Cauchy prior of how much effects vary, NPS points (Gelman 2006, Bayesian Analysis 1, 515-534).
const SCALE_POINTS: f64 = 3.0;

/// Points of the grid over which that spread is integrated: evenly spaced in the prior's probability.
const SPREADS: usize = 200;

/// The totals of groups of positions in `portfolio`, in their order. Positions beyond it are skipped.
///
/// Effects are normal around 0 with a common, unknown standard deviation, estimated from the whole portfolio and
/// integrated over (empirical Bayes as in James & Stein 1961, but without the certainty of a plug-in estimate when
/// effects hardly vary). Sums over different targets add points of different scores.
pub fn totals(portfolio: &[MeasuredEffect], groups: &[Vec<usize>], level: f64) -> Vec<PortfolioTotal> {
    let spreads = spreads(portfolio);
    let z = normal::quantile(f64::midpoint(1.0, number::within(level, 0.0, 1.0 - 1e-12)));
    let total = |group: &Vec<usize>| {
        let members: Vec<MeasuredEffect> =
            group.iter().filter_map(|place| portfolio.get(*place)).copied().filter(MeasuredEffect::is_sound).collect();
        let (mut mean, mut square, mut within) = (0.0, 0.0, 0.0);
        for (weight, variance) in &spreads {
            let (sum, error) = members.iter().map(|member| member.shrunk(*variance)).fold((0.0, 0.0), add);
            mean += weight * sum;
            square += weight * sum * sum;
            within += weight * error;
        }
        let half = z * (within + (square - mean * mean).max(0.0)).sqrt();
        PortfolioTotal {
            effects: members.len(),
            unshrunk: members.iter().map(|member| member.effect).sum(),
            points: mean,
            interval: ConfidenceInterval { low: mean - half, high: mean + half, level },
        }
    };
    groups.iter().map(total).collect()
}

/// The total of no effects.
pub fn empty_total(level: f64) -> PortfolioTotal {
    PortfolioTotal {
        effects: 0,
        unshrunk: 0.0,
        points: 0.0,
        interval: ConfidenceInterval { low: 0.0, high: 0.0, level },
    }
}

fn add(sum: (f64, f64), one: (f64, f64)) -> (f64, f64) {
    (sum.0 + one.0, sum.1 + one.1)
}

impl MeasuredEffect {
    fn is_sound(&self) -> bool {
        let variance = self.standard_error.powi(2);
        self.effect.powi(2).is_finite() && variance.is_finite() && variance > 0.0
    }

    /// The mean and the variance of the effect when effects vary around 0 with `variance`.
    fn shrunk(&self, variance: f64) -> (f64, f64) {
        let share = variance / (variance + self.standard_error.powi(2));
        (share * self.effect, share * self.standard_error.powi(2))
    }
}

/// The posterior of the variance of effects: (weight, variance), weights summing to 1.
fn spreads(portfolio: &[MeasuredEffect]) -> Vec<(f64, f64)> {
    let sound: Vec<&MeasuredEffect> = portfolio.iter().filter(|effect| effect.is_sound()).collect();
    let log_likelihood = |variance: f64| -> f64 {
        let of = |effect: &&MeasuredEffect| {
            let total = variance + effect.standard_error.powi(2);
            -0.5 * (total.ln() + effect.effect.powi(2) / total)
        };
        sound.iter().map(of).sum()
    };
    let share = |place: usize| (number::of_index(place) + 0.5) / number::of_index(SPREADS);
    let variances =
        (0..SPREADS).map(|place| (SCALE_POINTS * (std::f64::consts::FRAC_PI_2 * share(place)).tan()).powi(2));
    let weighed: Vec<(f64, f64)> = variances.map(|variance| (log_likelihood(variance), variance)).collect();
    let largest = weighed.iter().map(|(log, _)| *log).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = weighed.iter().map(|(log, _)| (log - largest).exp()).sum();
    weighed.into_iter().map(|(log, variance)| ((log - largest).exp() / sum, variance)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `reference-numbers.json`, "Benjamini-Hochberg 15 p-values q=.05 -> rejections": the values of Benjamini &
    /// Hochberg 1995, section 4.
    #[test]
    fn the_published_example_has_four_rejections() {
        let values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let rejected = rejected(&values, 0.05);
        assert_eq!(rejected.iter().filter(|rejected| **rejected).count(), 4);
        assert!(rejected[..4].iter().all(|rejected| *rejected));
    }

    #[test]
    fn a_large_value_that_passes_carries_the_smaller_ones() {
        // .09 exceeds its own share (.10 x 2 / 3), but the third, which is larger, does not exceed .10.
        assert_eq!(rejected(&[0.10, 0.08, 0.09], 0.10), [true, true, true]);
        assert_eq!(rejected(&[0.11, 0.08, 0.09], 0.10), [false, false, false]);
    }

    #[test]
    fn ties_are_rejected_or_kept_together() {
        assert_eq!(rejected(&[0.05, 0.9, 0.05, 0.8], 0.10), [true, false, true, false]);
        assert_eq!(rejected(&[0.06, 0.9, 0.06, 0.8], 0.10), [false; 4]);
    }

    #[test]
    fn no_p_value_is_no_rejection_and_nonsense_is_never_rejected() {
        assert_eq!(rejected(&[], 0.10), [] as [bool; 0]);
        assert_eq!(rejected(&[f64::NAN, 0.001], 0.10), [false, true]);
    }

    fn effects(values: &[(f64, f64)]) -> Vec<MeasuredEffect> {
        values
            .iter()
            .map(|(effect, standard_error)| MeasuredEffect { effect: *effect, standard_error: *standard_error })
            .collect()
    }

    #[test]
    fn noise_adds_up_to_almost_zero_with_a_wide_interval() {
        let noise = effects(&[(4.0, 4.0), (-2.0, 4.0), (5.0, 4.0), (1.0, 4.0)]);
        let total = totals(&noise, &[vec![0, 1, 2, 3]], 0.95)[0];
        assert!(total.points > 0.0 && total.points < 0.5 * total.unshrunk, "{total:?}");
        assert!(total.interval.low < 0.0 && total.interval.high > total.points, "{total:?}");
        assert!((total.unshrunk - 8.0).abs() < 1e-12);
    }

    #[test]
    fn clear_effects_are_hardly_shrunk() {
        let clear = effects(&[(10.0, 0.5), (-8.0, 0.5), (12.0, 0.5)]);
        let totals = totals(&clear, &[vec![0], vec![1], vec![0, 1, 2], vec![], vec![9]], 0.95);
        assert!((totals[0].points - 10.0).abs() < 0.1 && (totals[1].points + 8.0).abs() < 0.1, "{totals:?}");
        assert!(totals[2].interval.low > 11.0);
        assert_eq!((totals[3].effects, totals[4].effects), (0, 0));
        assert_eq!(totals[3], empty_total(0.95));
    }

    #[test]
    fn a_group_is_shrunk_by_what_the_rest_of_the_portfolio_shows() {
        let among_noise = effects(&[(6.0, 3.0), (0.0, 1.0), (0.2, 1.0), (-0.3, 1.0), (0.1, 1.0), (-0.1, 1.0)]);
        let among_effects = effects(&[(6.0, 3.0), (9.0, 1.0), (-7.0, 1.0), (8.0, 1.0), (-9.0, 1.0), (10.0, 1.0)]);
        let of = |portfolio: &[MeasuredEffect]| totals(portfolio, &[vec![0]], 0.95)[0].points;
        assert!(of(&among_noise) < 1.5 && of(&among_effects) > 4.5, "{} {}", of(&among_noise), of(&among_effects));
    }

    #[test]
    fn invalid_measurements_do_not_count() {
        let strange = effects(&[(f64::NAN, 1.0), (1.0, 0.0), (1e300, 1e300), (3.0, 1.0)]);
        let total = totals(&strange, &[vec![0, 1, 3]], 0.95)[0];
        assert!(total.effects == 1 && total.points.is_finite() && total.interval.high.is_finite(), "{total:?}");
    }
}
