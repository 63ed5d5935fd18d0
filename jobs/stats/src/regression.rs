//! Generalised least squares under every noise model.
//!
//! The noise models are Markov, so the Cholesky factor of `sampling + noise` never needs to be formed: a scalar Kalman
//! filter yields the same whitened rows (its innovations) in time linear in the weeks (Harvey 1989, Forecasting,
//! Structural Time Series Models and the Kalman Filter, section 3.4).

use crate::design::{EFFECT, RegressionDesign};
use crate::matrix::{self, dot};
use crate::mixture::{self, NormalComponent};
use crate::noise::{self, NoiseModel};

/// The posterior of the coefficients under one noise model.
#[derive(Clone, Debug)]
pub(crate) struct CoefficientPosterior {
    pub model: NoiseModel,
    /// The probability of the noise model given the data.
    pub weight: f64,
    pub mean: Vec<f64>,
    /// The posterior covariance, row-major.
    pub covariance: Vec<f64>,
}

/// Fits the design under every noise model; empty when nothing could be fitted.
pub(crate) fn fit(design: &RegressionDesign, compared: bool) -> Vec<CoefficientPosterior> {
    let mut posteriors: Vec<CoefficientPosterior> =
        noise::noise_models(compared).into_iter().filter_map(|model| posterior(design, model)).collect();
    let largest = posteriors.iter().fold(f64::NEG_INFINITY, |largest, one| largest.max(one.weight));
    for one in &mut posteriors {
        one.weight = (one.weight - largest).exp();
    }
    let total: f64 = posteriors.iter().map(|one| one.weight).sum();
    for one in &mut posteriors {
        one.weight /= total;
    }
    posteriors
}

/// The posteriors if the effect under review were known from elsewhere to have this mean and variance: the other
/// coefficients given that effect.
pub(crate) fn given_effect(posteriors: &[CoefficientPosterior], mean: f64, variance: f64) -> Vec<CoefficientPosterior> {
    let given = |one: &CoefficientPosterior| {
        let columns = one.mean.len();
        let follows: Vec<f64> =
            one.covariance[..columns].iter().map(|shared| shared / one.covariance[EFFECT]).collect();
        let (shift, excess) = (mean - one.mean[EFFECT], variance - one.covariance[EFFECT]);
        let mut given = one.clone();
        given.mean.iter_mut().zip(&follows).for_each(|(mean, follows)| *mean += follows * shift);
        for (row, left) in given.covariance.chunks_mut(columns).zip(&follows) {
            row.iter_mut().zip(&follows).for_each(|(value, right)| *value += left * right * excess);
        }
        given
    };
    posteriors.iter().map(given).collect()
}

/// The posterior under one noise model; its `weight` is still a log evidence.
fn posterior(design: &RegressionDesign, model: NoiseModel) -> Option<CoefficientPosterior> {
    let (gram, ln_determinant) = whitened_gram(design, &model);
    let RegressionSolution { mean, covariance, deviance } = solve(design, &gram)?;
    let weight = model.log_prior - 0.5 * (ln_determinant + deviance);
    let usable = weight.is_finite() && covariance[EFFECT] > 0.0;
    usable.then_some(CoefficientPosterior { model, weight, mean, covariance })
}

/// The coefficients of the whitened regression.
pub(crate) struct RegressionSolution {
    pub mean: Vec<f64>,
    /// The posterior covariance, row-major.
    pub covariance: Vec<f64>,
    /// Minus twice the log evidence, without the determinants of the noise and of the priors.
    pub deviance: f64,
}

/// Solves a whitened regression without the columns that are 0 so far, except the effect's: a column that is not
/// present yet must not change the result, not even in its last digit.
fn solve_present(design: &RegressionDesign, gram: &[f64]) -> Option<RegressionSolution> {
    let width = design.columns + 1;
    let is_present =
        |column: &usize| *column == EFFECT || *column == design.columns || gram[column * width + column] != 0.0;
    let present: Vec<usize> = (0..width).filter(is_present).collect();
    let rows = present.iter().enumerate();
    let entry = |(place, row): (usize, &usize)| {
        let (row, later) = (*row, present.len() - place - 1);
        present[..=place].iter().map(move |column| gram[row * width + column]).chain(std::iter::repeat_n(0.0, later))
    };
    let gram: Vec<f64> = rows.flat_map(entry).collect();
    let prior_precision: Vec<f64> =
        present[..present.len() - 1].iter().map(|column| design.prior_precision[*column]).collect();
    solve_with(&prior_precision, &gram)
}

/// Solves a whitened regression; `None` when it is singular.
pub(crate) fn solve(design: &RegressionDesign, gram: &[f64]) -> Option<RegressionSolution> {
    solve_with(&design.prior_precision, gram)
}

fn solve_with(prior_precision: &[f64], gram: &[f64]) -> Option<RegressionSolution> {
    let columns = prior_precision.len();
    let width = columns + 1;
    let mut precision = vec![0.0; columns * columns];
    for row in 0..columns {
        for column in 0..=row {
            precision[row * columns + column] = gram[row * width + column];
            precision[column * columns + row] = gram[row * width + column];
        }
        precision[row * columns + row] += prior_precision[row];
    }
    let right = &gram[columns * width..columns * width + columns];
    let inverse = matrix::invert(&precision, columns)?;
    let mean: Vec<f64> = inverse.values.chunks(columns).map(|row| dot(row, right)).collect();
    let unexplained = gram[width * width - 1] - dot(right, &mean);
    Some(RegressionSolution { mean, covariance: inverse.values, deviance: inverse.ln_determinant + unexplained })
}

/// The Gram matrix of the whitened rows (lower triangle, row-major, contrast last) and the log determinant of the
/// covariance of the contrast.
pub(crate) fn whitened_gram(design: &RegressionDesign, model: &NoiseModel) -> (Vec<f64>, f64) {
    let mut whole = (Vec::new(), 0.0);
    whitened_grams(design, model, &[design.weeks()], |_, gram, ln_determinant| whole = (gram.to_vec(), ln_determinant));
    whole
}

/// The same for the weeks before each of `cuts`, in ascending order, passed to `each` with its position.
fn whitened_grams(
    design: &RegressionDesign,
    model: &NoiseModel,
    cuts: &[usize],
    mut each: impl FnMut(usize, &[f64], f64),
) {
    let width = design.columns + 1;
    let mut gram = vec![0.0; width * width];
    let (mut state, mut innovation) = (vec![0.0; width], vec![0.0; width]);
    let mut ln_determinant = 0.0;
    let mut variance = model.first_variance;
    let mut cuts = cuts.iter().enumerate().peekable();
    for week in 0..=design.weeks() {
        while let Some((place, _)) = cuts.next_if(|(_, cut)| **cut <= week) {
            each(place, &gram, ln_determinant);
        }
        if week == design.weeks() {
            break;
        }
        if design.usable[week] {
            let total = variance + design.sampling[week];
            let gain = variance / total;
            for ((innovation, state), value) in innovation.iter_mut().zip(&mut state).zip(design.row(week)) {
                *innovation = value - *state;
                *state += gain * *innovation;
            }
            for (row, value) in innovation.iter().enumerate() {
                let scaled = value / total;
                let sums = &mut gram[row * width..=row * width + row];
                sums.iter_mut().zip(&innovation).for_each(|(sum, value)| *sum += scaled * value);
            }
            ln_determinant += total.ln();
            variance *= 1.0 - gain;
        }
        for value in &mut state {
            *value *= model.persistence;
        }
        variance = model.persistence.powi(2) * variance + model.innovation_variance;
    }
}

/// The effect integrated over the noise models, before each of the weeks `cuts` in ascending order; empty where nothing
/// could be fitted.
pub(crate) fn effects_at(design: &RegressionDesign, compared: bool, cuts: &[usize]) -> Vec<Vec<NormalComponent>> {
    let mut found: Vec<Vec<NormalComponent>> = vec![Vec::new(); cuts.len()];
    for model in noise::noise_models(compared) {
        whitened_grams(design, &model, cuts, |place, gram, ln_determinant| {
            let Some(RegressionSolution { mean, covariance, deviance }) = solve_present(design, gram) else { return };
            let weight = model.log_prior - 0.5 * (ln_determinant + deviance);
            if weight.is_finite() && covariance[EFFECT] > 0.0 {
                found[place].push(NormalComponent { weight, mean: mean[EFFECT], deviation: covariance[EFFECT].sqrt() });
            }
        });
    }
    for mixture in &mut found {
        mixture::normalise(mixture);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRAST: [f64; 40] = [
        30.0, 30.9, 29.18, 27.33, 28.64, 27.03, 30.18, 34.02, 28.52, 28.14, 31.47, 31.07, 30.32, 27.21, 29.91, 32.09,
        25.97, 28.63, 24.3, 26.13, 24.47, 29.29, 26.2, 30.81, 30.47, 29.44, 22.45, 28.38, 33.85, 34.34, 29.41, 32.57,
        31.06, 31.57, 37.18, 31.58, 33.9, 36.65, 32.25, 33.66,
    ];
    const SAMPLING: [f64; 40] = [
        5.76, 5.02, 5.69, 5.28, 5.48, 4.18, 5.08, 5.02, 5.74, 4.72, 5.2, 4.12, 4.78, 4.65, 4.3, 5.63, 4.76, 5.96, 5.18,
        5.21, 5.28, 5.35, 4.3, 4.88, 4.48, 4.8, 4.19, 5.94, 4.43, 5.34, 4.6, 5.75, 5.32, 4.26, 5.69, 5.89, 5.81, 5.14,
        4.29, 4.38,
    ];

    /// `reference-numbers.json`, "GLS step at week 28, noise diag(s2)+4*0.5^|i-j|".
    #[test]
    fn a_step_agrees_with_generalised_least_squares() {
        let step = |week: usize| if week >= 28 { 1.0 } else { 0.0 };
        let design = RegressionDesign {
            columns: 2,
            rows: CONTRAST.iter().enumerate().flat_map(|(week, value)| [step(week), 1.0, *value]).collect(),
            prior_precision: vec![0.0; 2],
            sampling: SAMPLING.to_vec(),
            usable: vec![true; 40],
        };
        let Some(found) = posterior(&design, NoiseModel::stationary(0.0, 0.5, 2.0)) else { panic!("no posterior") };
        assert!((found.mean[0] - 4.660_683_931_024_778).abs() < 1e-9);
        assert!((found.mean[1] - 28.591_030_971_902_3).abs() < 1e-9);
        assert!((found.covariance[0].sqrt() - 1.335_742_315_831_469_2).abs() < 1e-9);
    }
}
