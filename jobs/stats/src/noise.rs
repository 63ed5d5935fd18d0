//! The grid of noise models for week noise, and their prior weights.
//!
//! Weeks differ by more than sampling: news, weather, outages. No single model of that noise is assumed; the results
//! are integrated over these (`docs/statistics.md`, "Week noise"). All are Markov: this week's noise depends only on
//! last week's.

use crate::number;

/// One model of week noise: `noise = persistence x last week's noise + innovation`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoiseModel {
    /// Logarithm of its prior weight, up to a constant.
    pub log_prior: f64,
    /// How much of last week's noise remains: 0 for independent weeks, 1 for a random walk.
    pub persistence: f64,
    /// Variance in the first week, squared NPS points.
    pub first_variance: f64,
    /// Variance that every further week adds, squared NPS points.
    pub innovation_variance: f64,
}

impl NoiseModel {
    /// Stationary noise of standard deviation `size` (NPS points) and week-to-week correlation `persistence`.
    pub(crate) fn stationary(log_prior: f64, persistence: f64, size: f64) -> Self {
        let first_variance = size * size;
        let innovation_variance = first_variance * (1.0 - persistence * persistence);
        Self { log_prior, persistence, first_variance, innovation_variance }
    }

    /// A random walk of steps with standard deviation `step`, NPS points.
    fn walk(log_prior: f64, step: f64) -> Self {
        Self { log_prior, persistence: 1.0, first_variance: step * step, innovation_variance: step * step }
    }
}

/// The prior weight of each kind of noise model, and the scales of their sizes.
struct NoisePrior {
    none: f64,
    stationary: f64,
    walk: f64,
    size_scale: f64,
    step_scale: f64,
    persistences: &'static [f64],
    sizes: &'static [f64],
    steps: &'static [f64],
}

/// A comparison removes common drift.
const COMPARED: NoisePrior = NoisePrior {
    none: 0.15,
    stationary: 0.6,
    walk: 0.25,
    size_scale: 3.0,
    step_scale: 0.5,
    persistences: &[0.0, 0.4, 0.7, 0.9],
    sizes: &[0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5],
    steps: &[0.1, 0.2, 0.35, 0.6, 1.0, 1.5],
};

/// Without a comparison drift is likely.
const ALONE: NoisePrior = NoisePrior { none: 0.05, stationary: 0.45, walk: 0.5, step_scale: 1.0, ..COMPARED };

/// The noise of the treated arm alone when both arms are modelled.
const OWN: NoisePrior = NoisePrior {
    none: 0.15,
    stationary: 0.55,
    walk: 0.3,
    size_scale: 3.0,
    step_scale: 0.6,
    persistences: &[0.0, 0.5, 0.85],
    sizes: &[0.5, 1.0, 2.0, 4.0],
    steps: &[0.15, 0.4, 1.0],
};

/// The noise that both arms share when both are modelled.
const COMMON: NoisePrior = NoisePrior {
    none: 0.15,
    stationary: 0.5,
    walk: 0.35,
    size_scale: 4.0,
    step_scale: 1.0,
    persistences: &[0.4, 0.8],
    sizes: &[1.2, 2.5, 5.0],
    steps: &[0.25, 0.6, 1.3],
};

/// Without a comparison: stationary noise, on top of [`DRIFT`].
const COMING_AND_GOING: NoisePrior = NoisePrior {
    none: 0.05,
    stationary: 0.95,
    walk: 0.0,
    size_scale: 3.5,
    step_scale: 1.0,
    persistences: &[0.0, 0.4, 0.7, 0.9],
    sizes: &[0.75, 1.5, 2.5, 4.0, 6.0],
    steps: &[],
};

/// Without a comparison: drift, which nothing removes. Its weight was chosen in the laboratory, where random walks are
/// the hardest world.
const DRIFT: NoisePrior = NoisePrior {
    none: 0.15,
    stationary: 0.0,
    walk: 0.85,
    size_scale: 1.0,
    step_scale: 1.2,
    persistences: &[],
    sizes: &[],
    steps: &[0.1, 0.2, 0.35, 0.6, 1.0, 1.5],
};

/// All noise models of a single series, as used for charts: none, stationary ones, random walks.
pub(crate) fn noise_models(compared: bool) -> Vec<NoiseModel> {
    if compared { COMPARED.noise_models() } else { ALONE.noise_models() }
}

/// All models of the treated arm's own noise when both arms are modelled; [`model_pairs`] numbers them in this order.
pub(crate) fn own_models() -> Vec<NoiseModel> {
    OWN.noise_models()
}

/// The models of two noises that add up: that of the treated arm and that of both arms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoiseModelPair {
    /// Logarithm of its prior weight, up to a constant.
    pub log_prior: f64,
    /// The position of the own model in [`own_models`].
    pub position: usize,
    pub own: NoiseModel,
    pub common: NoiseModel,
}

/// Every own model with every common one; without a comparison, every stationary model with every drift.
pub(crate) fn model_pairs(compared: bool) -> Vec<NoiseModelPair> {
    let (own, common) = if compared { (OWN, COMMON) } else { (COMING_AND_GOING, DRIFT) };
    let common = common.noise_models();
    let pair = |(position, own): (usize, NoiseModel)| {
        let with = move |common: &NoiseModel| NoiseModelPair {
            log_prior: own.log_prior + common.log_prior,
            position,
            own,
            common: *common,
        };
        common.iter().map(with).collect::<Vec<NoiseModelPair>>()
    };
    own.noise_models().into_iter().enumerate().flat_map(pair).collect()
}

impl NoisePrior {
    fn noise_models(&self) -> Vec<NoiseModel> {
        let mut models = vec![NoiseModel::stationary(self.none.ln(), 0.0, 0.0)];
        models.extend(self.stationary_models());
        models.extend(self.walks());
        models
    }

    fn stationary_models(&self) -> Vec<NoiseModel> {
        let believed = shares(self.sizes, self.size_scale);
        let each = self.stationary / number::of_index(self.persistences.len().max(1));
        let of_persistence = |persistence: &f64| {
            let model = |(size, share): (&f64, &f64)| NoiseModel::stationary((each * share).ln(), *persistence, *size);
            self.sizes.iter().zip(&believed).map(model).collect::<Vec<NoiseModel>>()
        };
        self.persistences.iter().flat_map(of_persistence).collect()
    }

    fn walks(&self) -> Vec<NoiseModel> {
        let believed = shares(self.steps, self.step_scale);
        let model = |(step, share): (&f64, f64)| NoiseModel::walk((self.walk * share).ln(), *step);
        self.steps.iter().zip(believed).map(model).collect()
    }
}

/// The prior weight of each size of noise: large noise is less probable, by a half-normal density of this scale.
fn shares(sizes: &[f64], scale: f64) -> Vec<f64> {
    let weights: Vec<f64> = sizes.iter().map(|size| (-0.5 * (size / scale).powi(2)).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_priors_sum_to_one() {
        for compared in [true, false] {
            let pairs: f64 = model_pairs(compared).iter().map(|pair| pair.log_prior.exp()).sum();
            let models: f64 = noise_models(compared).iter().map(|model| model.log_prior.exp()).sum();
            assert!((pairs - 1.0).abs() < 1e-12 && (models - 1.0).abs() < 1e-12, "{pairs} and {models}");
        }
    }
}
