//! How much each weekly look will know of the effect: the inverse of its variance under one law of week noise.

use std::f64::consts::TAU;

use super::{Plan, WeekNoise};
use crate::design::EFFECT_PRIOR;
use crate::number;

/// The level of the contrast is not known beforehand, squared NPS points.
const LEVEL_VARIANCE: f64 = 1e6;

/// Prior standard deviation of the slope with and without a comparison, NPS points a week; as in a review.
const SLOPE_DEVIATION: (f64, f64) = (0.04, 0.15);

/// Waves a year and the prior standard deviation of their sine and cosine, NPS points; as in a review.
const SEASONS: [(f64, f64); 2] = [(1.0, 4.0), (2.0, 2.0)];

/// Weeks in a year.
const YEAR_WEEKS: f64 = 52.18;

/// The information of the looks after 1, 2, ... `weeks` weeks with the decision in effect, per squared NPS point.
///
/// Generalised least squares of a step on the weekly contrast: level, slope, season and noise are normal, hence all
/// part of its covariance C, and the information of the step s is `s' C^-1 s`. With C = L L' and w = L^-1 s it is the
/// sum of squares of w up to the look's week, so that one Cholesky factor serves all looks. `None` when the history is
/// too short or an arm has no answers.
pub(super) fn information(plan: &Plan, weeks: usize) -> Option<Vec<f64>> {
    let (history, sampling) = (plan.history()?, plan.sampling_variance()?);
    let size = history + weeks;
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(size);
    let mut whitened: Vec<f64> = Vec::with_capacity(size);
    let mut found = Vec::with_capacity(weeks);
    let mut sum = EFFECT_PRIOR.powi(-2);
    for row in 0..size {
        let mut line: Vec<f64> = Vec::with_capacity(row + 1);
        for (column, other) in factor.iter().enumerate() {
            let known = dot(&line, other);
            line.push((covariance(plan, history, row, column) - known) / other[column]);
        }
        let rest = covariance(plan, history, row, row) + sampling - dot(&line, &line);
        // Sampling keeps every pivot above 0; rounding shall not take it away.
        let pivot = rest.max(sampling * 1e-9).sqrt();
        let step = if row < history { 0.0 } else { 1.0 };
        let value = (step - dot(&line, &whitened)) / pivot;
        line.push(pivot);
        factor.push(line);
        whitened.push(value);
        if row >= history {
            sum += value * value;
            found.push(sum);
        }
    }
    Some(found)
}

/// The sum of products over the shorter of two rows.
fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The covariance of two weeks' contrasts but for sampling, with the priors of a review's regression.
fn covariance(plan: &Plan, history: usize, row: usize, column: usize) -> f64 {
    let from_start = |week: usize| number::of_index(week) - number::of_index(history);
    let apart = number::of_index(row.abs_diff(column));
    let noise = match plan.noise {
        WeekNoise::Stationary { deviation, persistence } => deviation.powi(2) * persistence.powf(apart),
        WeekNoise::Walk { step } => step.powi(2) * number::of_index(row.min(column) + 1),
    };
    let slope = if plan.comparison.is_some() { SLOPE_DEVIATION.0 } else { SLOPE_DEVIATION.1 };
    let season: f64 = match plan.comparison {
        Some(_) => 0.0,
        // A pair of sine and cosine with equal priors depends on the distance of the weeks only.
        None => SEASONS
            .iter()
            .map(|(times_a_year, deviation)| deviation.powi(2) * (TAU * times_a_year * apart / YEAR_WEEKS).cos())
            .sum(),
    };
    LEVEL_VARIANCE + slope.powi(2) * from_start(row) * from_start(column) + season + noise
}

#[cfg(test)]
mod tests {
    use super::super::Rate;
    use super::*;

    fn plan(noise: WeekNoise) -> Plan {
        let rate = |answers_per_week| Rate { answers_per_week, variance_of_one: 6000.0 };
        let (treated, comparison) = (rate(100.0), Some(rate(500.0)));
        Plan { treated, comparison, noise, history_weeks: 36, horizon_weeks: 12, impact: 5.0 }
    }

    fn last(plan: &Plan) -> f64 {
        information(plan, 12).and_then(|all| all.last().copied()).unwrap_or_default()
    }

    #[test]
    fn without_week_noise_it_is_that_of_two_means() {
        // Few answers, so that the unknown slope matters little beside sampling.
        let few = |answers_per_week| Rate { answers_per_week, variance_of_one: 6000.0 };
        let means = 1.0 / (6000.0 * (1.0 / 36.0 + 1.0 / 12.0) * (1.0 / 10.0 + 1.0 / 50.0));
        let expected = means + EFFECT_PRIOR.powi(-2);
        let found = last(&Plan { treated: few(10.0), comparison: Some(few(50.0)), ..plan(WeekNoise::NONE) });
        assert!((found / expected - 1.0).abs() < 0.02, "{found} instead of {expected}");
    }

    #[test]
    fn noise_that_lasts_costs_more_than_noise_that_does_not() {
        let of = |persistence| last(&plan(WeekNoise::Stationary { deviation: 3.0, persistence }));
        assert!(last(&plan(WeekNoise::NONE)) > of(0.0) && of(0.0) > of(0.4) && of(0.4) > of(0.7));
        assert!(last(&plan(WeekNoise::Walk { step: 1.5 })) < last(&plan(WeekNoise::Walk { step: 0.1 })));
    }

    #[test]
    fn every_further_week_adds_something_and_without_a_comparison_less() {
        let compared = plan(WeekNoise::Stationary { deviation: 2.0, persistence: 0.4 });
        let all = information(&compared, 40).unwrap_or_default();
        assert!(all.len() == 40 && all.windows(2).all(|pair| pair[0] < pair[1]));
        let alone = Plan { comparison: None, ..compared };
        assert!(last(&alone) < last(&compared));
    }

    #[test]
    fn no_history_and_no_answers_have_no_information() {
        let short = Plan { history_weeks: 7, ..plan(WeekNoise::NONE) };
        let empty = Plan { treated: Rate { answers_per_week: 0.0, variance_of_one: 6000.0 }, ..plan(WeekNoise::NONE) };
        assert_eq!((information(&short, 12), information(&empty, 12)), (None, None));
    }
}
