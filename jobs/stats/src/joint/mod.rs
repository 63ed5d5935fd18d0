//! Both arms in one model: what the treated arm and the comparison share is learned instead of subtracted.
//!
//! The rows are [`rows`]'s, the Kalman filter that makes them independent is [`whiten`]'s. This module integrates over
//! the laws of noise and the scales of the priors. Without a comparison the treated arm stands alone, and drift is
//! taken to be nearly certain.

mod rows;
mod whiten;

use crate::contrast::Contrast;
use crate::decision::Column;
use crate::experience::Experience;
use crate::mixture::Component;
use crate::noise;
pub(crate) use rows::TILTS;
use rows::{Rows, SCALED, Scale};
use whiten::Whitener;

/// Components less probable than this are left out, as in the prototype.
const SMALLEST_WEIGHT: f64 = 1e-6;

/// The size of the block that is left when all columns but the scaled ones are eliminated: the score, the scaled ones.
const BLOCK: usize = SCALED + 1;

/// What is known of the effect; empty when nothing could be fitted.
pub(crate) fn effect(
    contrast: &Contrast,
    decision: &Column,
    others: &[Column],
    experience: &Experience,
) -> Vec<Component> {
    let rows = Rows::new(contrast, decision, others);
    let mut whitener = Whitener::new(&rows);
    let mut components = Vec::new();
    for pair in noise::pairs(contrast.comparison.is_some()) {
        let ln_determinant = whitener.whiten(&rows, &pair);
        let log_prior = pair.log_prior + experience.log_weight(pair.position) - 0.5 * ln_determinant;
        let gram = whitener.gram();
        for (index, precision) in rows.precision.iter().enumerate() {
            gram[(BLOCK + index) * (rows.width + 1)] += precision;
        }
        let (ln_pivots, rest) = eliminate(gram, rows.width);
        let under = |scale: &Scale| component(&rest, scale, log_prior - 0.5 * ln_pivots);
        components.extend(rows.scales.iter().filter_map(under));
    }
    normalised(components)
}

/// Eliminates all columns behind the block from a lower triangle: the logarithm of the product of the pivots, and
/// what is left of the block.
fn eliminate(gram: &mut [f64], width: usize) -> (f64, [[f64; BLOCK]; BLOCK]) {
    let mut ln_pivots = 0.0;
    for last in (BLOCK..width).rev() {
        let (above, below) = gram.split_at_mut(last * width);
        let pivot = below[last];
        ln_pivots += pivot.ln();
        for row in 0..last {
            let factor = below[row] / pivot;
            let values = &mut above[row * width..=row * width + row];
            values.iter_mut().zip(&below[..=row]).for_each(|(value, below)| *value -= factor * below);
        }
    }
    let mut rest = [[0.0; BLOCK]; BLOCK];
    for (row, values) in rest.iter_mut().enumerate() {
        values[..=row].copy_from_slice(&gram[row * width..=row * width + row]);
    }
    (ln_pivots, rest)
}

/// The effect under one law and one scale of the priors; its `weight` is still a log evidence.
fn component(rest: &[[f64; BLOCK]; BLOCK], scale: &Scale, log_prior: f64) -> Option<Component> {
    let mut rest = *rest;
    for (index, precision) in scale.precision.iter().enumerate() {
        rest[index + 1][index + 1] += precision;
    }
    let mut pivots = 1.0;
    for last in (1..BLOCK).rev() {
        let below = rest[last];
        pivots *= below[last];
        // The effect itself is the last to go: until then `rest[1]` holds it free of all others.
        for row in 0..last {
            for column in 0..=row {
                rest[row][column] -= below[row] * below[column] / below[last];
            }
        }
    }
    let variance = 1.0 / rest[1][1];
    let prior: f64 = scale.precision.iter().product();
    let weight = log_prior + scale.log_weight + 0.5 * (prior.ln() - pivots.ln() - rest[0][0]);
    let usable = weight.is_finite() && variance > 0.0 && variance.is_finite();
    usable.then(|| Component { weight, mean: rest[1][0] * variance, deviation: variance.sqrt() })
}

/// Log evidences as weights that sum to 1.
fn normalised(mut components: Vec<Component>) -> Vec<Component> {
    let largest = components.iter().fold(f64::NEG_INFINITY, |largest, one| largest.max(one.weight));
    for one in &mut components {
        one.weight = (one.weight - largest).exp();
    }
    let total: f64 = components.iter().map(|one| one.weight).sum();
    components.retain(|one| one.weight > SMALLEST_WEIGHT * total);
    let kept: f64 = components.iter().map(|one| one.weight).sum();
    for one in &mut components {
        one.weight /= kept;
    }
    components
}
