//! Tests whether the weeks before a decision already show a change.
//!
//! Two tests on the contrast of both arms in the weeks before, when the decision cannot have an effect: did it move in
//! the last of these weeks (placebo), and did it drift throughout?

use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::design::{EFFECT, RegressionDesign, SLOPE};
use crate::limit::SHORTEST_HISTORY_WEEKS;
use crate::mixture::{self, NormalComponent};
use crate::number;
use crate::regression::{self, CoefficientPosterior};
use crate::window::LookWindow;

/// The placebo decision takes effect this many weeks before the real one.
const PLACEBO_WEEKS: usize = 8;

/// A finding less probable than this, two-sided, is reported: one false report in a hundred decisions without a
/// pre-trend.
const SIGNIFICANCE_LEVEL: f64 = 0.01;

/// What the tests of the weeks before a decision found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PreTrendTest {
    /// How far the last weeks before the decision are above the earlier ones, NPS points; `None` when not significant.
    pub placebo_points: Option<f64>,
    /// How far the contrast drifted in ten weeks, NPS points; `None` when not significant.
    pub drift_points: Option<f64>,
}

/// Tests the weeks before a decision.
pub(crate) fn test_pre_trend(
    contrast: &ArmContrast,
    decision: &DecisionColumn,
    others: &[(usize, &DecisionColumn)],
) -> PreTrendTest {
    let window = contrast.window;
    let usable = contrast.usable[..window.before()].iter().filter(|usable| **usable).count();
    if usable < SHORTEST_HISTORY_WEEKS + PLACEBO_WEEKS {
        return PreTrendTest::default();
    }
    let mut history = contrast.clone();
    history.window = LookWindow { end: window.start, ..window };
    for series in [&mut history.level, &mut history.variance] {
        series.truncate(window.before());
    }
    history.usable.truncate(window.before());
    let starts = number::of_index(window.start - PLACEBO_WEEKS);
    let placebo = DecisionColumn { target: decision.target.clone(), starts, ends: None };
    let design = RegressionDesign::new(&history, &placebo, others);
    let posteriors = regression::fit(&design, contrast.comparison.is_some());
    PreTrendTest {
        placebo_points: significant_mean(&posteriors, &design, EFFECT),
        drift_points: significant_mean(&posteriors, &design, SLOPE).filter(|_| contrast.comparison.is_some()),
    }
}

/// The mean of a coefficient that is significantly different from 0; `None` otherwise.
fn significant_mean(posteriors: &[CoefficientPosterior], design: &RegressionDesign, column: usize) -> Option<f64> {
    let component = |one: &CoefficientPosterior| NormalComponent {
        weight: one.weight,
        mean: one.mean[column],
        deviation: one.covariance[column * design.columns + column].sqrt(),
    };
    let coefficient: Vec<NormalComponent> = posteriors.iter().map(component).collect();
    let tail = mixture::above(&coefficient, 0.0).min(mixture::below(&coefficient, 0.0));
    (!coefficient.is_empty() && 2.0 * tail < SIGNIFICANCE_LEVEL).then(|| mixture::mean(&coefficient))
}
