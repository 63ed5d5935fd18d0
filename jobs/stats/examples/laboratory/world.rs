//! The worlds of the laboratory: simulated scenarios that differ in what else happens in a company while a decision is
//! reviewed.
//!
//! All sizes are NPS points of a cell's true score unless stated otherwise. [`crate::company`] turns a world into
//! responses.

use crate::generator::SplitMixRng;

/// How the true score varies from week to week.
#[derive(Clone, Copy, Debug)]
pub enum NoiseProcess {
    /// The weeks are independent.
    Independent {
        /// Standard deviation.
        size: f64,
    },
    /// Each week is correlated with the one before: AR(1).
    Autoregressive {
        /// Standard deviation of a week.
        size: f64,
        /// Correlation of neighbouring weeks.
        correlation: f64,
    },
    /// Each week adds a step to the one before.
    RandomWalk {
        /// Standard deviation of a week's step.
        step: f64,
    },
}

impl NoiseProcess {
    /// One score deviation per week.
    pub fn series(self, weeks: usize, generator: &mut SplitMixRng) -> Vec<f64> {
        let mut level = match self {
            Self::Independent { .. } | Self::RandomWalk { .. } => 0.0,
            Self::Autoregressive { size, .. } => size * generator.normal(),
        };
        let mut next = || {
            level = match self {
                Self::Independent { size } => size * generator.normal(),
                Self::Autoregressive { size, correlation } => {
                    correlation * level + size * (1.0 - correlation * correlation).sqrt() * generator.normal()
                }
                Self::RandomWalk { step } => level + step * generator.normal(),
            };
            level
        };
        (0..weeks).map(|_| next()).collect()
    }
}

/// Which customers the decision targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimulatedTarget {
    /// One of three regions.
    Region,
    /// The whole company: there is no comparison.
    Everybody,
}

/// How the effect develops over time.
#[derive(Clone, Copy, Debug)]
pub enum EffectShape {
    /// Full from the first week on.
    Step,
    /// Grows linearly over this many weeks.
    Ramp(f64),
    /// Halves every this many weeks.
    Fade(f64),
}

impl EffectShape {
    /// The share of the whole effect, 0 to 1, `weeks` after the start.
    pub fn share(self, weeks: f64) -> f64 {
        match self {
            Self::Step => 1.0,
            Self::Ramp(length) => ((weeks + 1.0) / length).min(1.0),
            Self::Fade(half_life) => 0.5_f64.powf(weeks / half_life),
        }
    }
}

/// The company's other decisions.
#[derive(Clone, Copy, Debug)]
pub enum OtherDecisions {
    /// No other decision.
    Nothing,
    /// Three whose targets overlap with this one, within eight weeks of the decision.
    Crossing,
    /// One with the same target and start, and ten points of effect: no method can separate the two.
    Twin,
}

/// One simulated scenario.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedWorld {
    /// Its name in the table and on the command line.
    pub name: &'static str,
    /// The noise that all cells share.
    pub common: NoiseProcess,
    /// The noise of each region alone.
    pub own: NoiseProcess,
    /// Amplitude of the annual wave; a wave of twice the frequency has a third of it.
    pub season: f64,
    /// Trend in points per week, everywhere.
    pub trend: f64,
    /// Additional trend in points per week of the first region, the target of targeted decisions.
    pub own_trend: f64,
    /// A fall everywhere that begins in a week of the post-period and lasts for six weeks.
    pub shock: f64,
    /// How much cells shift in volume around the start, as a logarithm per ten points above the company's score.
    pub mix: f64,
    /// How much more a cell responds when its score is higher, as a logarithm per ten points.
    pub propensity: f64,
    /// The probability that customers repeat their usual response; they are surveyed every six weeks, the same ones
    /// together.
    pub repeat: f64,
    /// The responses per week, relative to the number on the command line.
    pub volume: f64,
    /// How the effect develops over time.
    pub shape: EffectShape,
    /// How much the effect differs between cells: half of them get `1 + spread` times it, the others less.
    pub spread: f64,
    /// The other decisions of the company.
    pub others: OtherDecisions,
}

const CALM: SimulatedWorld = SimulatedWorld {
    name: "independent weeks",
    common: NoiseProcess::Independent { size: 1.5 },
    own: NoiseProcess::Independent { size: 0.75 },
    season: 0.0,
    trend: 0.0,
    own_trend: 0.0,
    shock: 0.0,
    mix: 0.0,
    propensity: 0.0,
    repeat: 0.0,
    volume: 1.0,
    shape: EffectShape::Step,
    spread: 0.0,
    others: OtherDecisions::Nothing,
};

const STICKY: SimulatedWorld = SimulatedWorld {
    name: "AR(1)",
    common: NoiseProcess::Autoregressive { size: 3.0, correlation: 0.7 },
    own: NoiseProcess::Autoregressive { size: 1.5, correlation: 0.6 },
    ..CALM
};

/// Nearly all disturbances at once.
pub const ALL_AT_ONCE: SimulatedWorld = SimulatedWorld {
    name: "all at once",
    common: NoiseProcess::Autoregressive { size: 2.0, correlation: 0.6 },
    own: NoiseProcess::Autoregressive { size: 1.0, correlation: 0.5 },
    season: 4.0,
    trend: 0.03,
    own_trend: 0.03,
    mix: 0.3,
    propensity: 0.05,
    repeat: 0.5,
    spread: 0.5,
    others: OtherDecisions::Crossing,
    ..CALM
};

/// All worlds, in the order of the table.
pub const WORLDS: [SimulatedWorld; 17] = [
    CALM,
    SimulatedWorld { name: "trend", trend: 0.1, ..CALM },
    SimulatedWorld { name: "own trend", own_trend: 0.08, ..CALM },
    SimulatedWorld { name: "season", season: 6.0, ..CALM },
    STICKY,
    SimulatedWorld {
        name: "random walk",
        common: NoiseProcess::RandomWalk { step: 0.7 },
        own: NoiseProcess::RandomWalk { step: 0.25 },
        ..CALM
    },
    SimulatedWorld { name: "shock", shock: 12.0, ..CALM },
    SimulatedWorld { name: "mix shift", mix: 0.5, ..CALM },
    SimulatedWorld { name: "happier answer more", propensity: 0.2, ..STICKY },
    SimulatedWorld { name: "repeat respondents", repeat: 0.7, ..CALM },
    SimulatedWorld { name: "small samples", volume: 0.1, ..CALM },
    SimulatedWorld { name: "overlapping", others: OtherDecisions::Crossing, ..CALM },
    SimulatedWorld { name: "twins", others: OtherDecisions::Twin, ..CALM },
    SimulatedWorld { name: "ramp", shape: EffectShape::Ramp(6.0), ..CALM },
    SimulatedWorld { name: "fade", shape: EffectShape::Fade(8.0), ..CALM },
    SimulatedWorld { name: "cells differ", spread: 1.0, ..CALM },
    ALL_AT_ONCE,
];

impl SimulatedWorld {
    /// Whether the case makes sense: a shock cannot be separated from a decision for everybody in the same weeks.
    pub fn allows(&self, target: SimulatedTarget) -> bool {
        target == SimulatedTarget::Region || self.shock == 0.0
    }
}
