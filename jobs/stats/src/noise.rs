//! The laws that week noise may follow, and how much each is believed before seeing data.
//!
//! Weeks differ by more than sampling: news, weather, outages. That noise is not assumed to follow one law but
//! integrated over these (statistics.md, point 5). All are Markov: this week's noise depends on last week's only.

/// One law of week noise: `noise = persistence x last week's noise + innovation`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Law {
    /// Logarithm of its prior weight, up to a constant.
    pub log_prior: f64,
    /// How much of last week's noise remains: 0 for independent weeks, 1 for a random walk.
    pub persistence: f64,
    /// Variance in the first week, squared NPS points.
    pub first_variance: f64,
    /// Variance that every further week adds, squared NPS points.
    pub innovation_variance: f64,
}

impl Law {
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

const PERSISTENCES: [f64; 4] = [0.0, 0.4, 0.7, 0.9];
const SIZES: [f64; 7] = [0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5];
const STEPS: [f64; 6] = [0.1, 0.2, 0.35, 0.6, 1.0, 1.5];

/// How much is believed of each kind of law, and on which scale.
struct Belief {
    none: f64,
    stationary: f64,
    walk: f64,
    size_scale: f64,
    step_scale: f64,
}

/// A comparison takes common drift away.
const COMPARED: Belief = Belief { none: 0.15, stationary: 0.6, walk: 0.25, size_scale: 3.0, step_scale: 0.5 };

/// Without a comparison drift is to be feared.
const ALONE: Belief = Belief { none: 0.05, stationary: 0.45, walk: 0.5, size_scale: 3.0, step_scale: 1.0 };

/// All laws: none, stationary ones, random walks.
pub(crate) fn laws(compared: bool) -> Vec<Law> {
    let belief = if compared { COMPARED } else { ALONE };
    let stationary_share = belief.stationary / 28.0;
    let walk_share = belief.walk / 6.0;
    let penalty = |size: f64, scale: f64| 0.5 * (size / scale).powi(2);
    let mut laws = vec![Law::stationary(belief.none.ln(), 0.0, 0.0)];
    for persistence in PERSISTENCES {
        for size in SIZES {
            let log_prior = stationary_share.ln() - penalty(size, belief.size_scale);
            laws.push(Law::stationary(log_prior, persistence, size));
        }
    }
    laws.extend(STEPS.map(|step| Law::walk(walk_share.ln() - penalty(step, belief.step_scale), step)));
    laws
}
