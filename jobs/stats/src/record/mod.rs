//! A leader's record: how the expected impacts of their decisions compare with what was measured.
//!
//! A measured effect is never taken for the truth: every number is an expectation over the posterior of the effect, so
//! that a noisy measurement neither flatters nor shames. Records of few decisions contain little information, and are
//! shrunk towards "no information".

mod score;

pub use score::{expected_absolute, expected_brier, expected_crps};

use crate::normal;
use crate::number;

/// With fewer judged decisions there is no record.
pub const SMALLEST_RECORD: usize = 2;

/// Without a range, the uncertainty of an expectation is taken to be half of its size, and at least this many NPS
/// points: the region of practical equivalence of a review, used as a standard deviation.
const SMALLEST_DEFAULT_DEVIATION: f64 = 2.0;

/// Coverage, Brier score and skill are shrunk as if this many more decisions had been no better and no worse than an
/// average forecaster's: the wider of the two usual choices for a share (Agresti & Coull 1998, The American
/// Statistician 52, 119-126, add two successes and two failures).
const PSEUDO_DECISIONS: f64 = 4.0;

/// The Brier score of a coin toss.
const COIN: f64 = 0.25;

/// The prior standard deviation of a slope, around 0: uninformative expectations.
const SLOPE_DEVIATION: f64 = 1.0;

/// The range in which a leader expects the effect to lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedRange {
    /// The low end, NPS points.
    pub low: f64,
    /// The high end, NPS points.
    pub high: f64,
    /// The leader's confidence in the range, between 0 and 1.
    pub level: f64,
}

/// What a leader expects of a decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImpactForecast {
    /// The expected impact, NPS points.
    pub impact: f64,
    /// Where the effect is expected to lie; `None` when no range was stated.
    pub range: Option<ExpectedRange>,
}

/// One decision whose effect was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedForecast {
    /// The leader's expectation.
    pub forecast: ImpactForecast,
    /// The measured effect, NPS points.
    pub effect: f64,
    /// Its standard error, NPS points.
    pub standard_error: f64,
}

/// How accurate one leader's expectations were. Every number is `None` below [`SMALLEST_RECORD`] decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ForecastRecord {
    /// How many decisions were judged.
    pub judged: usize,
    /// By how many NPS points expectations exceed the measured effects; negative when they are below them.
    pub bias: Option<f64>,
    /// How many points are measured per point expected: 1 for accurate expectations, 0 for uninformative ones.
    pub slope: Option<f64>,
    /// The share of the effects' probability that lies in the stated ranges, 0 to 1; decisions without a range do not
    /// count.
    pub coverage: Option<f64>,
    /// The coverage that accurate ranges would have: the mean level of the same ranges.
    pub expected_coverage: Option<f64>,
    /// The Brier score of the expected direction: 0 for a certain and right one, .25 for a coin toss, 1 for a certain
    /// and wrong one.
    pub brier: Option<f64>,
    /// By which share the expectations are better than the forecast "no change" (CRPS): 1 at best, 0 for equal,
    /// negative for worse.
    pub skill: Option<f64>,
}

impl ImpactForecast {
    /// The standard deviation of the normal distribution around the impact that the forecast implies, NPS points.
    pub fn deviation(&self) -> f64 {
        let default = SMALLEST_DEFAULT_DEVIATION.max(self.impact.abs() / 2.0);
        let Some(range) = self.range else { return default };
        let deviation = (range.high - range.low) / (2.0 * normal::quantile(f64::midpoint(1.0, range.level)));
        if deviation.is_finite() && deviation >= 0.0 { deviation } else { default }
    }
}

impl JudgedForecast {
    /// False for values that are no measurement: these are omitted everywhere.
    fn is_sound(&self) -> bool {
        let finite = self.forecast.impact.is_finite() && self.effect.is_finite() && self.standard_error.is_finite();
        finite && self.standard_error > 0.0
    }

    fn miss(&self) -> f64 {
        self.forecast.impact - self.effect
    }

    /// The probability that the effect lies in a range.
    fn inside(&self, range: ExpectedRange) -> f64 {
        let below = |point: f64| normal::cdf((point - self.effect) / self.standard_error);
        (below(range.high) - below(range.low)).max(0.0)
    }
}

/// The records of many leaders, in their order. What the leaders have in common determines how far each is shrunk.
pub fn records(leaders: &[Vec<JudgedForecast>]) -> Vec<ForecastRecord> {
    let leaders: Vec<Vec<JudgedForecast>> =
        leaders.iter().map(|all| all.iter().copied().filter(JudgedForecast::is_sound).collect()).collect();
    let spread = spread_of_misses(&leaders);
    let biases: Vec<Option<(f64, f64)>> = leaders.iter().map(|forecasts| bias(forecasts, spread)).collect();
    let prior = variance_of_biases(&biases);
    let record = |(judged, bias): (&Vec<JudgedForecast>, &Option<(f64, f64)>)| ForecastRecord {
        judged: judged.len(),
        bias: bias.map(|(bias, variance)| bias * prior / (prior + variance)),
        ..ForecastRecord::of(judged, spread)
    };
    leaders.iter().zip(&biases).map(record).collect()
}

impl ForecastRecord {
    /// Everything but the bias, which is shrunk by what all leaders have in common.
    fn of(forecasts: &[JudgedForecast], spread: f64) -> Self {
        if forecasts.len() < SMALLEST_RECORD {
            return Self::default();
        }
        let ranged: Vec<(f64, f64)> = forecasts
            .iter()
            .filter_map(|judged| judged.forecast.range.map(|range| (judged.inside(range), range.level)))
            .collect();
        let expected_coverage = (ranged.len() >= SMALLEST_RECORD).then(|| mean(ranged.iter().map(|(_, level)| *level)));
        let coverage = expected_coverage
            .map(|expected| shrunk(mean(ranged.iter().map(|(inside, _)| *inside)), expected, ranged.len()));
        let brier = mean(forecasts.iter().map(|judged| {
            let expected_up = rise(judged.forecast.impact, judged.forecast.deviation());
            expected_brier(expected_up, rise(judged.effect, judged.standard_error))
        }));
        Self {
            judged: forecasts.len(),
            bias: None,
            slope: Some(slope(forecasts, spread)),
            coverage,
            expected_coverage,
            brier: Some(shrunk(brier, COIN, forecasts.len())),
            skill: Some(shrunk(skill(forecasts), 0.0, forecasts.len())),
        }
    }
}

/// The probability of values above 0 under a normal distribution; one half when it is certainly 0.
fn rise(mean: f64, deviation: f64) -> f64 {
    match (mean == 0.0, deviation > 0.0) {
        (true, _) => 0.5,
        (false, true) => normal::cdf(mean / deviation),
        (false, false) => f64::from(u8::from(mean > 0.0)),
    }
}

/// One minus the ratio of expected scores; the forecast "no change" is certain of 0, so that its score is the mean
/// absolute effect (Gneiting & Raftery 2007, section 4.2: the CRPS generalises the absolute error).
fn skill(forecasts: &[JudgedForecast]) -> f64 {
    let of = |judged: &JudgedForecast| {
        let (impact, deviation) = (judged.forecast.impact, judged.forecast.deviation());
        let score = |mean: f64, deviation: f64| expected_crps(mean, deviation, judged.effect, judged.standard_error);
        (score(impact, deviation), score(0.0, 0.0))
    };
    let (own, unchanged) = forecasts.iter().map(of).fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    // Every measurement has an error above 0, so the score of "no change" is above 0 as well.
    1.0 - own / unchanged
}

/// The regression of measured on expected through the origin, weighted by the inverse variances, with a normal prior
/// around 0.
fn slope(forecasts: &[JudgedForecast], spread: f64) -> f64 {
    let sum =
        |term: fn(&JudgedForecast) -> f64| -> f64 { forecasts.iter().map(|one| term(one) * weight(one, spread)).sum() };
    let (both, square) = (sum(|one| one.forecast.impact * one.effect), sum(|one| one.forecast.impact.powi(2)));
    both / (square + SLOPE_DEVIATION.powi(-2))
}

fn weight(forecasts: &JudgedForecast, spread: f64) -> f64 {
    1.0 / (forecasts.standard_error.powi(2) + spread)
}

/// A leader's mean error and its variance; `None` without a record.
fn bias(forecasts: &[JudgedForecast], spread: f64) -> Option<(f64, f64)> {
    let total: f64 = forecasts.iter().map(|one| weight(one, spread)).sum();
    let sum: f64 = forecasts.iter().map(|one| weight(one, spread) * one.miss()).sum();
    (forecasts.len() >= SMALLEST_RECORD).then(|| (sum / total, 1.0 / total))
}

/// How much errors vary around their leader's mean, beyond the measurement errors, squared points.
fn spread_of_misses(leaders: &[Vec<JudgedForecast>]) -> f64 {
    let (mut squares, mut errors, mut degrees) = (0.0, 0.0, 0.0);
    for forecasts in leaders.iter().filter(|judged| judged.len() >= SMALLEST_RECORD) {
        let centre = mean(forecasts.iter().map(JudgedForecast::miss));
        let free = number::of_index(forecasts.len() - 1);
        squares += forecasts.iter().map(|one| (one.miss() - centre).powi(2)).sum::<f64>();
        errors += free * mean(forecasts.iter().map(|one| one.standard_error.powi(2)));
        degrees += free;
    }
    if degrees > 0.0 { ((squares - errors) / degrees).max(0.0) } else { 0.0 }
}

/// How much the biases of leaders vary around 0 beyond their own errors: the empirical-Bayes prior (Efron & Morris
/// 1975, Journal of the American Statistical Association 70, 311-319).
fn variance_of_biases(biases: &[Option<(f64, f64)>]) -> f64 {
    let excesses: Vec<f64> = biases.iter().flatten().map(|(bias, variance)| bias * bias - variance).collect();
    if excesses.is_empty() { 0.0 } else { mean(excesses.iter().copied()).max(0.0) }
}

fn shrunk(found: f64, towards: f64, decisions: usize) -> f64 {
    let decisions = number::of_index(decisions);
    (found * decisions + towards * PSEUDO_DECISIONS) / (decisions + PSEUDO_DECISIONS)
}

/// The mean of at least one number.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = number::of_index(values.len());
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests;
