//! The weekly series for a chart: the observed score, and the score expected without the decision.
//!
//! The effect comes from the review. The level, slope, season and noise are those of the contrast of both arms, which
//! is what the chart shows.

use super::finding::EffectEstimate;
use super::question::ReviewInput;
use crate::concurrent::ConcurrentDecisions;
use crate::contrast::ArmContrast;
use crate::counterfactual::{self, CounterfactualWeek};
use crate::design::RegressionDesign;
use crate::interval::ConfidenceInterval;
use crate::normal;
use crate::regression;
use crate::respondent;
use crate::window::LookWindow;

/// The confidence level of the intervals in a chart, each for its own week.
const CHART_LEVEL: f64 = 0.95;

/// One week of a chart. Scores are in NPS points, -100 to 100, adjusted to the mix of responses before the decision.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeekPoint {
    /// The week, counted from week 0 of the data.
    pub week: usize,
    /// The target's score; `None` without responses.
    pub observed: Option<f64>,
    /// The target's score expected without the decision; `None` without an estimate or when an arm has no responses.
    pub expected: Option<f64>,
    /// The 95 % interval of an observed score without the decision, for this week alone; `None` as for `expected`.
    pub expected_interval: Option<ConfidenceInterval>,
    /// The number of responses from the target.
    pub responses: u64,
}

/// The weeks that a look at the beginning of week `now` uses, from the first week of history on, with the scores
/// expected without the decision under this `estimate`.
pub fn series(input: &ReviewInput<'_>, now: usize, estimate: Option<&EffectEstimate>) -> Vec<WeekPoint> {
    let window = LookWindow::new(input.data, now, input.decision);
    let Some(mut contrast) = ArmContrast::new(input.data, window, input.decision) else {
        let empty = |week| WeekPoint { week, ..WeekPoint::default() };
        return (window.first..window.end).map(empty).collect();
    };
    respondent::adjust(&mut contrast, input.responses);
    let expected = estimate.map(|estimate| expected(&contrast, input, estimate));
    let week = |week: usize| point(&contrast, week, expected.as_ref().map(|expected| expected[week]));
    (0..window.weeks()).map(week).collect()
}

/// The contrast expected without the decision, per week.
fn expected(contrast: &ArmContrast, input: &ReviewInput<'_>, estimate: &EffectEstimate) -> Vec<CounterfactualWeek> {
    let concurrent = ConcurrentDecisions::around(input.decision, input.others, 0);
    let design = RegressionDesign::new(contrast, input.decision, &concurrent.allowed_for);
    let posteriors = regression::fit(&design, contrast.comparison.is_some());
    let posteriors = regression::given_effect(&posteriors, estimate.effect, estimate.standard_error.powi(2));
    counterfactual::expected(&design, &posteriors)
}

/// A week of the chart; the expected contrast is added to the comparison's score.
fn point(contrast: &ArmContrast, week: usize, expected: Option<CounterfactualWeek>) -> WeekPoint {
    let clip = |score: f64| score.clamp(-100.0, 100.0);
    let compared = contrast.comparison.as_ref().map_or(0.0, |comparison| comparison.level[week]);
    let expected = expected.filter(|_| contrast.usable[week]);
    let interval = |expected: CounterfactualWeek| {
        let half = expected.variance.sqrt() * -normal::quantile((1.0 - CHART_LEVEL) / 2.0);
        let (low, high) = (compared + expected.mean - half, compared + expected.mean + half);
        ConfidenceInterval { low: clip(low), high: clip(high), level: CHART_LEVEL }
    };
    let treated = &contrast.treated;
    WeekPoint {
        week: contrast.window.first + week,
        observed: (treated.responses[week] > 0.0).then(|| clip(treated.level[week])),
        expected: expected.map(|expected| clip(compared + expected.mean)),
        expected_interval: expected.map(interval),
        responses: responses(contrast, week),
    }
}

/// The number of responses from the target in a week of the window.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number of responses, never negative"
)]
fn responses(contrast: &ArmContrast, week: usize) -> u64 {
    contrast.treated.responses[week] as u64
}
