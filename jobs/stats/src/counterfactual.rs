//! What the treated arm's score would have been without the decision, per week, for charts.
//!
//! Level, slope, season and other decisions of the fitted regression, the lasting part of the week noise (a
//! Rauch-Tung-Striebel smoother), and the change of the comparison; not the effect under review, and not noise that
//! lasts only one week.

use crate::design::{EFFECT, RegressionDesign};
use crate::matrix::dot;
use crate::noise::NoiseModel;
use crate::regression::CoefficientPosterior;

/// Noise models less probable than this do not affect a chart visibly.
const SMALLEST_WEIGHT: f64 = 1e-4;

/// The contrast expected in one week without the decision.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CounterfactualWeek {
    /// The expected contrast, NPS points.
    pub mean: f64,
    /// Variance of an observation of it, including sampling, squared NPS points.
    pub variance: f64,
}

/// The contrast expected in every week without the decision under review.
pub(crate) fn expected(design: &RegressionDesign, posteriors: &[CoefficientPosterior]) -> Vec<CounterfactualWeek> {
    let shown = || posteriors.iter().filter(|one| one.weight >= SMALLEST_WEIGHT);
    let total: f64 = shown().map(|one| one.weight).sum();
    let mut sums = vec![(0.0, 0.0); design.weeks()];
    for one in shown() {
        let weight = one.weight / total;
        for ((first, second), expected) in sums.iter_mut().zip(under(design, one)) {
            *first += weight * expected.mean;
            *second += weight * (expected.variance + expected.mean.powi(2));
        }
    }
    let moments = sums.into_iter().zip(&design.sampling);
    moments
        .map(|((mean, square), sampling)| CounterfactualWeek {
            mean,
            variance: (square - mean * mean).max(0.0) + sampling,
        })
        .collect()
}

/// The same under one noise model, without sampling variance.
fn under(design: &RegressionDesign, posterior: &CoefficientPosterior) -> Vec<CounterfactualWeek> {
    let columns = design.columns;
    let noise = if posterior.model.persistence > 0.0 { smoothed(design, &posterior.model) } else { Vec::new() };
    let lasting = |week: usize| noise.get(week);
    (0..design.weeks())
        .map(|week| {
            let mut row = design.row(week)[..columns].to_vec();
            row[EFFECT] = 0.0;
            let (mut mean, mut variance) = (0.0, posterior.model.first_variance);
            if let Some((state, left)) = lasting(week) {
                row.iter_mut().zip(state).for_each(|(value, state)| *value -= state);
                (mean, variance) = (state[columns], *left);
            }
            mean += dot(&row, &posterior.mean);
            variance += row
                .iter()
                .zip(posterior.covariance.chunks(columns))
                .map(|(value, covariances)| value * dot(covariances, &row))
                .sum::<f64>();
            CounterfactualWeek { mean, variance }
        })
        .collect()
}

/// The smoother applied to every column of the design and to the contrast, and the variance it leaves, per week. The
/// expected noise is that of the contrast minus that of the columns times their coefficients.
fn smoothed(design: &RegressionDesign, model: &NoiseModel) -> Vec<(Vec<f64>, f64)> {
    let width = design.columns + 1;
    let mut filtered: Vec<(Vec<f64>, f64)> = Vec::with_capacity(design.weeks());
    let (mut state, mut variance) = (vec![0.0; width], model.first_variance);
    for week in 0..design.weeks() {
        if design.usable[week] {
            let gain = variance / (variance + design.sampling[week]);
            state.iter_mut().zip(design.row(week)).for_each(|(state, value)| *state += gain * (value - *state));
            variance *= 1.0 - gain;
        }
        filtered.push((state.clone(), variance));
        for value in &mut state {
            *value *= model.persistence;
        }
        variance = model.persistence.powi(2) * variance + model.innovation_variance;
    }
    for week in (0..design.weeks().saturating_sub(1)).rev() {
        let (now, later) = filtered.split_at_mut(week + 1);
        let ((state, variance), (later_state, later_variance)) = (&mut now[week], &later[0]);
        let predicted = model.persistence.powi(2) * *variance + model.innovation_variance;
        let gain = model.persistence * *variance / predicted;
        for (state, later_state) in state.iter_mut().zip(later_state) {
            *state += gain * (later_state - model.persistence * *state);
        }
        *variance += gain * gain * (later_variance - predicted);
    }
    filtered
}
