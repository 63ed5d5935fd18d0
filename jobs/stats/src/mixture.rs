//! A mixture of normal distributions: the posterior of an effect once the noise model is integrated over.

use crate::normal;
use crate::search;

/// One normal distribution of a mixture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NormalComponent {
    /// Its share of the mixture; all of them sum to 1.
    pub weight: f64,
    pub mean: f64,
    pub deviation: f64,
}

/// How many standard deviations from a component a quantile is searched. Boundaries end at 10.
const REACH: f64 = 12.0;

/// Scales weights given as log evidences so that they sum to 1.
pub(crate) fn normalise(mixture: &mut [NormalComponent]) {
    let largest = mixture.iter().fold(f64::NEG_INFINITY, |largest, one| largest.max(one.weight));
    for one in mixture.iter_mut() {
        one.weight = (one.weight - largest).exp();
    }
    let total: f64 = mixture.iter().map(|one| one.weight).sum();
    for one in mixture {
        one.weight /= total;
    }
}

/// The mean of a mixture.
pub(crate) fn mean(mixture: &[NormalComponent]) -> f64 {
    mixture.iter().map(|component| component.weight * component.mean).sum()
}

/// The variance of a mixture.
pub(crate) fn variance(mixture: &[NormalComponent]) -> f64 {
    let mean = mean(mixture);
    let about = |component: &NormalComponent| component.deviation.powi(2) + (component.mean - mean).powi(2);
    mixture.iter().map(|component| component.weight * about(component)).sum()
}

/// The probability of lying above `point`.
pub(crate) fn above(mixture: &[NormalComponent], point: f64) -> f64 {
    mixture.iter().map(|component| component.weight * normal::cdf((component.mean - point) / component.deviation)).sum()
}

/// The probability of lying below `point`.
pub(crate) fn below(mixture: &[NormalComponent], point: f64) -> f64 {
    mixture.iter().map(|component| component.weight * normal::cdf((point - component.mean) / component.deviation)).sum()
}

/// The probability of lying below `point`, and the density there.
fn below_and_density(mixture: &[NormalComponent], point: f64) -> (f64, f64) {
    let (mut below, mut density) = (0.0, 0.0);
    for component in mixture {
        let (cdf, one) = normal::cdf_and_density((point - component.mean) / component.deviation);
        below += component.weight * cdf;
        density += component.weight * one / component.deviation;
    }
    (below, density)
}

/// The point below which a mixture lies with probability `tail`.
pub(crate) fn lower_quantile(mixture: &[NormalComponent], tail: f64) -> f64 {
    let bracket = mixture.iter().fold((f64::MAX, f64::MIN), |(low, high), component| {
        let reach = REACH * component.deviation;
        (low.min(component.mean - reach), high.max(component.mean + reach))
    });
    let start = mean(mixture) + normal::quantile(tail) * variance(mixture).sqrt();
    search::quantile(bracket, start, tail, |point| below_and_density(mixture, point))
}

/// The point above which a mixture lies with probability `tail`: found from the mirror image, because `1 - tail` has no
/// digits left for a tail of 1e-12.
pub(crate) fn upper_quantile(mixture: &[NormalComponent], tail: f64) -> f64 {
    let mirrored: Vec<NormalComponent> =
        mixture.iter().map(|component| NormalComponent { mean: -component.mean, ..*component }).collect();
    -lower_quantile(&mirrored, tail)
}
