//! Scores of a forecast whose outcome is known only as a distribution: expectations over the outcome.

use std::f64::consts::PI;

use crate::normal;

/// The expected continuous ranked probability score, in NPS points, of the forecast `N(mean, deviation^2)` when the
/// outcome is `N(effect, standard_error^2)`. A deviation of 0 is a forecast that is certain.
///
/// `E|X - Y| - E|X - X'| / 2` (Gneiting & Raftery 2007, Journal of the American Statistical Association 102, 359-378,
/// equation 21), with X and X' from the forecast and Y from the outcome, which is normal in all three.
pub fn expected_crps(mean: f64, deviation: f64, effect: f64, standard_error: f64) -> f64 {
    expected_absolute(mean - effect, deviation.hypot(standard_error)) - deviation / PI.sqrt()
}

/// The expected absolute value of `N(mean, deviation^2)`.
pub fn expected_absolute(mean: f64, deviation: f64) -> f64 {
    if deviation <= 0.0 {
        return mean.abs();
    }
    let distance = mean / deviation;
    2.0 * deviation * normal::density(distance) + mean * (normal::cdf(distance) - normal::cdf(-distance))
}

/// The expected Brier score of the forecast probability of an event that happened with `probability`
/// (Brier 1950, Monthly Weather Review 78, 1-3).
pub fn expected_brier(forecast: f64, probability: f64) -> f64 {
    probability * (1.0 - forecast).powi(2) + (1.0 - probability) * forecast.powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
    }

    /// `reference-numbers.json`, "CRPS N(0,1) at -3" (the R package scoringRules) and "CRPS N(0,1) at 0".
    #[test]
    fn the_score_of_a_certain_outcome_agrees_with_the_reference() {
        assert_near(expected_crps(0.0, 1.0, -3.0, 0.0), 2.436_574_725_086_339_7);
        assert_near(expected_crps(0.0, 1.0, 0.0, 0.0), 0.233_694_977_255_109_13);
    }

    /// `reference-numbers.json`, "expected CRPS of forecast N(5,2^2) when the effect is N(3,1.5^2)".
    #[test]
    fn the_score_of_an_uncertain_outcome_agrees_with_the_reference() {
        assert_near(expected_crps(5.0, 2.0, 3.0, 1.5), 1.472_657_002_378_314_3);
    }

    /// `reference-numbers.json`, "expected Brier p=.8, P(effect>0)=.6".
    #[test]
    fn the_brier_score_agrees_with_the_reference() {
        assert_near(expected_brier(0.8, 0.6), 0.28);
    }

    #[test]
    fn a_certain_forecast_scores_its_absolute_error() {
        assert_near(expected_crps(3.0, 0.0, -1.0, 0.0), 4.0);
        assert_near(expected_crps(3.0, 0.0, 3.0, 0.0), 0.0);
    }
}
