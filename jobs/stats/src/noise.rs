//! The laws that week noise may follow, and how much each is believed before seeing data.
//!
//! Weeks differ by more than sampling: news, weather, outages. That noise is not assumed to follow one law but
//! integrated over these (statistics.md, point 5). All are Markov: this week's noise depends on last week's only.

use crate::number;

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

/// How much is believed of each kind of law, and on which scale.
struct Belief {
    none: f64,
    stationary: f64,
    walk: f64,
    size_scale: f64,
    step_scale: f64,
    persistences: &'static [f64],
    sizes: &'static [f64],
    steps: &'static [f64],
}

/// A comparison takes common drift away.
const COMPARED: Belief = Belief {
    none: 0.15,
    stationary: 0.6,
    walk: 0.25,
    size_scale: 3.0,
    step_scale: 0.5,
    persistences: &[0.0, 0.4, 0.7, 0.9],
    sizes: &[0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5],
    steps: &[0.1, 0.2, 0.35, 0.6, 1.0, 1.5],
};

/// Without a comparison drift is to be feared.
const ALONE: Belief = Belief { none: 0.05, stationary: 0.45, walk: 0.5, step_scale: 1.0, ..COMPARED };

/// The noise of the treated arm alone when both arms are modelled.
const OWN: Belief = Belief {
    none: 0.15,
    stationary: 0.55,
    walk: 0.3,
    size_scale: 3.0,
    step_scale: 0.6,
    persistences: &[0.0, 0.5, 0.85],
    sizes: &[1.0, 2.0, 4.0],
    steps: &[0.15, 0.4, 1.0],
};

/// The noise that both arms share when both are modelled.
const COMMON: Belief = Belief {
    none: 0.15,
    stationary: 0.5,
    walk: 0.35,
    size_scale: 4.0,
    step_scale: 1.0,
    persistences: &[0.4, 0.8],
    sizes: &[1.2, 2.5, 5.0],
    steps: &[0.25, 0.6, 1.3],
};

/// Without a comparison, where drift is nearly certain; [`DRIFTING`] is believed on top.
const ALONE_DRIFTING: Belief = Belief {
    none: 0.02,
    stationary: 0.08,
    walk: 0.15,
    size_scale: 3.0,
    step_scale: 3.0,
    persistences: &[0.0, 0.4, 0.7, 0.9],
    sizes: &[0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5],
    steps: &[0.35, 0.7, 1.0, 1.5, 2.0],
};

/// A random walk and stationary noise together: how much is believed of it, and which stationary noise.
const DRIFTING: Belief =
    Belief { none: 0.0, stationary: 0.75, persistences: &[0.0, 0.4, 0.7], sizes: &[1.0, 2.0, 3.0], ..ALONE_DRIFTING };

/// All laws of one series by itself: none, stationary ones, random walks.
pub(crate) fn laws(compared: bool) -> Vec<Law> {
    if compared { COMPARED.laws() } else { ALONE.laws() }
}

/// All laws of the treated arm's own noise when both arms are modelled; [`pairs`] numbers them in this order.
pub(crate) fn own_laws() -> Vec<Law> {
    OWN.laws()
}

/// The laws of two noises that add up: that of the treated arm and that of every arm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// Logarithm of its prior weight, up to a constant.
    pub log_prior: f64,
    /// The position of the own law in [`own_laws`].
    pub position: usize,
    pub own: Law,
    pub common: Law,
}

/// Every own law with every common one; without a comparison, all laws of the treated arm as a sum of two.
pub(crate) fn pairs(compared: bool) -> Vec<Pair> {
    if !compared {
        return drifting_pairs();
    }
    let common = COMMON.laws();
    let pair = |(position, own): (usize, Law)| {
        let with =
            move |common: &Law| Pair { log_prior: own.log_prior + common.log_prior, position, own, common: *common };
        common.iter().map(with).collect::<Vec<Pair>>()
    };
    OWN.laws().into_iter().enumerate().flat_map(pair).collect()
}

fn drifting_pairs() -> Vec<Pair> {
    let silent = Law::stationary(0.0, 0.0, 0.0);
    let single = |own: Law| Pair { log_prior: own.log_prior, position: 0, own, common: silent };
    let mut pairs: Vec<Pair> = ALONE_DRIFTING.laws().into_iter().map(single).collect();
    let walks = Belief { walk: 1.0, ..DRIFTING }.walks();
    for own in DRIFTING.stationary_laws() {
        pairs.extend(walks.iter().map(|walk| Pair {
            log_prior: own.log_prior + walk.log_prior,
            position: 0,
            own,
            common: *walk,
        }));
    }
    pairs
}

impl Belief {
    fn laws(&self) -> Vec<Law> {
        let mut laws = vec![Law::stationary(self.none.ln(), 0.0, 0.0)];
        laws.extend(self.stationary_laws());
        laws.extend(self.walks());
        laws
    }

    fn stationary_laws(&self) -> Vec<Law> {
        let share = self.stationary / number::of_index(self.persistences.len() * self.sizes.len());
        let law = |persistence: f64, size: f64| {
            Law::stationary(share.ln() - penalty(size, self.size_scale), persistence, size)
        };
        let of_persistence =
            |persistence: &f64| self.sizes.iter().map(|size| law(*persistence, *size)).collect::<Vec<Law>>();
        self.persistences.iter().flat_map(of_persistence).collect()
    }

    fn walks(&self) -> Vec<Law> {
        let share = self.walk / number::of_index(self.steps.len());
        self.steps.iter().map(|step| Law::walk(share.ln() - penalty(*step, self.step_scale), *step)).collect()
    }
}

/// Large noise is believed less, by a half-normal law of this scale.
fn penalty(size: f64, scale: f64) -> f64 {
    0.5 * (size / scale).powi(2)
}
