//! Both arms in one model: what the treated arm and the comparison have in common is estimated instead of subtracted.
//!
//! The rows are built in [`rows`], and the Kalman filter that makes them independent is [`kalman`]. This module
//! integrates over the noise models and the scales of the priors, at every look of a sequence in one pass through the
//! weeks. Without a comparison the treated arm is modelled alone.

mod kalman;
mod rows;

use crate::cells::CellWeeks;
use crate::confounding;
use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::learned_prior::LearnedPrior;
use crate::matrix;
use crate::mixture::{self, NormalComponent};
use crate::neighbour::{self, NeighbourPrior};
use crate::noise;
use kalman::KalmanFilter;
use rows::{MOST_SCALED, PriorScale, RegressionRows};

/// Components with a smaller probability are omitted.
const SMALLEST_WEIGHT: f64 = 1e-6;

/// A noise model and scale that the weeks before the decision make less probable than this, relative to the best, are
/// not followed into the weeks after it.
const SMALLEST_LIKELIHOOD: f64 = 1e-6;

/// The same threshold when only the future variance is needed.
const SMALLEST_FORECAST_LIKELIHOOD: f64 = 1e-3;

/// A Gram matrix, as a lower triangle, after elimination of all columns but the scaled ones: the score is first.
type SchurComplement = [[f64; MOST_SCALED + 1]; MOST_SCALED + 1];

/// What one look concludes about the effect.
#[derive(Clone, Debug, Default)]
pub(crate) struct EffectPosterior {
    /// The posterior of the effect, a mixture over the noise models; empty when nothing could be fitted.
    pub effect: Vec<NormalComponent>,
    /// The other decisions that affected an arm by then.
    pub touching: Vec<usize>,
    /// The one of them whose effect cannot be separated from this one's; `None` when all can.
    pub confounder: Option<usize>,
}

/// The posterior of the effect at the beginning of each of the weeks `cuts`, counted from the first week of the window,
/// in ascending order. Later weeks do not change a look, not even in its last digit.
pub(crate) fn posteriors(
    data: &CellWeeks,
    contrast: &ArmContrast,
    decision: &DecisionColumn,
    others: &[(usize, &DecisionColumn)],
    prior: &LearnedPrior,
    cuts: &[usize],
) -> Vec<EffectPosterior> {
    let mut rows = RegressionRows::new(contrast, decision, others);
    let mut candidates = candidates(&rows, prior, contrast.window.before(), SMALLEST_LIKELIHOOD);
    if contrast.comparison.is_some() {
        return cuts.iter().map(|cut| look(&rows, &mut candidates, *cut)).collect();
    }
    let priors = neighbour::neighbour_priors(data, contrast.window, decision, others, cuts);
    let with = |(cut, beliefs): (&usize, Vec<NeighbourPrior>)| {
        rows.set_priors(others, &beliefs);
        look(&rows, &mut candidates, *cut)
    };
    cuts.iter().zip(priors).map(with).collect()
}

/// The variance of the effect at future looks at the weeks `cuts`, by what the weeks before `known` show about the
/// noise; both are counted from the first week of the window. The scores of later weeks do not matter.
pub(crate) fn variances_to_come(
    contrast: &ArmContrast,
    decision: &DecisionColumn,
    known: usize,
    cuts: &[usize],
) -> Vec<f64> {
    let rows = RegressionRows::new(contrast, decision, &[]);
    let mut candidates = candidates(&rows, &LearnedPrior::default(), known, SMALLEST_FORECAST_LIKELIHOOD);
    let mut variance = |cut: &usize| {
        let (mut sum, mut total) = (0.0, 0.0);
        for one in &mut candidates {
            one.filter.advance(&rows, *cut);
            for (weight, scale) in one.weights.iter().zip(&one.scales) {
                for (_, later) in components(&rows, &one.filter, 0.0, [*scale]) {
                    sum += weight * later.deviation.powi(2);
                    total += weight;
                }
            }
        }
        sum / total
    };
    cuts.iter().map(&mut variance).collect()
}

/// A noise model with the scales that fit it well.
struct CandidateModel {
    filter: KalmanFilter,
    log_prior: f64,
    scales: Vec<usize>,
    /// The likelihood of the scales in the weeks before the decision, relative to the best of all.
    weights: Vec<f64>,
}

/// Every pair of noise models and every scale whose likelihood in the weeks before the decision is at least `least`,
/// relative to the best.
fn candidates(rows: &RegressionRows, prior: &LearnedPrior, before: usize, least: f64) -> Vec<CandidateModel> {
    let mut found = Vec::new();
    let mut largest = f64::NEG_INFINITY;
    for pair in noise::model_pairs(rows.arms > 1) {
        let mut filter = KalmanFilter::new(pair, rows.width);
        filter.advance(rows, before);
        let log_prior = pair.log_prior + prior.log_weight(pair.position);
        let components = components(rows, &filter, log_prior, 0..rows.scales.len());
        largest = components.iter().fold(largest, |largest, (_, one)| largest.max(one.weight));
        found.push((filter, log_prior, components));
    }
    let least = largest + least.ln();
    let keep = |(filter, log_prior, components): (KalmanFilter, f64, Vec<(usize, NormalComponent)>)| {
        let kept = components.into_iter().filter(|(_, one)| one.weight >= least);
        let (scales, weights): (Vec<usize>, Vec<f64>) =
            kept.map(|(scale, one)| (scale, (one.weight - largest).exp())).unzip();
        (!scales.is_empty()).then_some(CandidateModel { filter, log_prior, scales, weights })
    };
    found.into_iter().filter_map(keep).collect()
}

fn look(rows: &RegressionRows, candidates: &mut [CandidateModel], cut: usize) -> EffectPosterior {
    let mut effect = Vec::new();
    let mut best: Option<(f64, usize, usize)> = None;
    for (place, one) in candidates.iter_mut().enumerate() {
        one.filter.advance(rows, cut);
        for (scale, component) in components(rows, &one.filter, one.log_prior, one.scales.iter().copied()) {
            if best.is_none_or(|(weight, _, _)| component.weight > weight) {
                best = Some((component.weight, place, scale));
            }
            effect.push(component);
        }
    }
    let touching = rows.touching(cut);
    let confounder = best.filter(|_| !touching.is_empty()).and_then(|(_, place, scale)| {
        let covariance = covariance(rows, &candidates[place].filter, rows.most_cautious(scale))?;
        let columns = touching.iter().map(|other| (*other, rows.column_of(*other)));
        confounding::confounder(&covariance, rows.width - 1, columns)
    });
    EffectPosterior { effect: normalised(effect), touching, confounder }
}

/// The effect under one pair of noise models and some scales of the priors; the `weight`s are still log evidences.
fn components(
    rows: &RegressionRows,
    filter: &KalmanFilter,
    log_prior: f64,
    scales: impl IntoIterator<Item = usize>,
) -> Vec<(usize, NormalComponent)> {
    let (ln_pivots, rest) = eliminate(rows, &filter.gram);
    let log_prior = log_prior - 0.5 * (filter.ln_determinant + ln_pivots);
    let under = |scale: usize| Some((scale, component(&rest, &rows.scales[scale], log_prior)?));
    scales.into_iter().filter_map(under).collect()
}

/// Eliminates all columns after the block from a lower triangle, after adding their priors: returns the logarithm of
/// the product of the pivots, and the remaining block.
fn eliminate(rows: &RegressionRows, gram: &[f64]) -> (f64, SchurComplement) {
    let (width, block) = (rows.width, rows.scaled + 1);
    let mut gram = gram.to_vec();
    let mut ln_pivots = 0.0;
    for last in (block..width).rev() {
        let (above, below) = gram.split_at_mut(last * width);
        // A decision that has not affected anybody yet has no column yet.
        if below[last] == 0.0 {
            continue;
        }
        let precision = rows.precision[last - block];
        below[0] += precision * rows.means[last - block];
        below[last] += precision;
        let pivot = below[last];
        ln_pivots += pivot.ln();
        for row in 0..last {
            let factor = below[row] / pivot;
            let values = &mut above[row * width..=row * width + row];
            values.iter_mut().zip(&below[..=row]).for_each(|(value, below)| *value -= factor * below);
        }
    }
    let mut rest = SchurComplement::default();
    for (row, values) in rest.iter_mut().enumerate().take(block) {
        values[..=row].copy_from_slice(&gram[row * width..=row * width + row]);
    }
    (ln_pivots, rest)
}

/// The effect under one noise model and one scale of the priors; its `weight` is still a log evidence.
fn component(rest: &SchurComplement, scale: &PriorScale, log_prior: f64) -> Option<NormalComponent> {
    let mut rest = *rest;
    for (index, precision) in scale.precision.iter().enumerate() {
        rest[index + 1][index + 1] += precision;
    }
    let mut pivots = 1.0;
    for last in (1..=scale.precision.len()).rev() {
        let below = rest[last];
        pivots *= below[last];
        let inverse = 1.0 / below[last];
        // The effect is eliminated last: `rest[1]` contains it after the elimination of all others.
        for row in 0..last {
            let factor = below[row] * inverse;
            for column in 0..=row {
                rest[row][column] -= factor * below[column];
            }
        }
    }
    let variance = 1.0 / rest[1][1];
    let weight = log_prior + scale.log_weight + 0.5 * (scale.ln_precision - pivots.ln() - rest[0][0]);
    let usable = weight.is_finite() && variance > 0.0 && variance.is_finite();
    usable.then(|| NormalComponent { weight, mean: rest[1][0] * variance, deviation: variance.sqrt() })
}

/// The covariance of all coefficients under one pair of noise models and one scale, row-major.
fn covariance(rows: &RegressionRows, filter: &KalmanFilter, scale: usize) -> Option<Vec<f64>> {
    let size = rows.width - 1;
    let mut precision = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let value = filter.gram[(row + 1) * rows.width + column + 1];
            precision[row * size + column] = value;
            precision[column * size + row] = value;
        }
    }
    let priors = rows.scales[scale].precision.iter().chain(&rows.precision);
    for (index, prior) in priors.enumerate() {
        precision[index * size + index] += prior;
    }
    matrix::invert(&precision, size).map(|inverse| inverse.values)
}

/// Converts log evidences to weights that sum to 1, and omits negligible ones.
fn normalised(mut components: Vec<NormalComponent>) -> Vec<NormalComponent> {
    mixture::normalise(&mut components);
    components.retain(|one| one.weight > SMALLEST_WEIGHT);
    let kept: f64 = components.iter().map(|one| one.weight).sum();
    for one in &mut components {
        one.weight /= kept;
    }
    components
}

#[cfg(test)]
mod tests;
