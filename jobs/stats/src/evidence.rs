//! What one look has to go on: the answers before and after, and the regression if they allow one.
//!
//! Names every reason why they do not. What follows from the evidence is [`crate::review::Life`]'s to say.

use crate::arm::{Arm, VarianceOf};
use crate::cells::CellWeeks;
use crate::contrast::{Contrast, Window};
use crate::counterfactual::{self, Expected};
use crate::decision::Column;
use crate::design::Design;
use crate::experience::Experience;
use crate::interval::Interval;
use crate::joint;
use crate::mixture::{self, Component};
use crate::normal;
use crate::nps::Counts;
use crate::regression::{self, Posterior};
use crate::review::{
    Caveat, Method, Model, Plan, SEASON_WEEKS, SHORTEST_AFTERMATH_WEEKS, SHORTEST_HISTORY_WEEKS,
    SMALLEST_AFTERMATH_RESPONSES, WeekPoint,
};

/// A week belongs to the aftermath's counts when the decision was in effect for at least half of it.
const MOST_OF_A_WEEK: f64 = 0.5;

/// The level of the intervals that are drawn, each for its own week.
const DRAWN_LEVEL: f64 = 0.95;

/// Everything that one look sees.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub window: Window,
    /// `None` when nobody in the target answered.
    pub contrast: Option<Contrast>,
    pub before: Counts,
    pub after: Counts,
    pub comparison_before: Option<Counts>,
    pub comparison_after: Option<Counts>,
    pub caveats: Vec<Caveat>,
    /// `None` when the data do not allow one; the caveats say why.
    pub regression: Option<Regression>,
}

/// A fitted regression.
#[derive(Clone, Debug)]
pub(crate) struct Regression {
    pub design: Design,
    /// Of the contrast, whatever the model of the effect: what can be told apart there can be told apart jointly.
    pub posteriors: Vec<Posterior>,
    pub effect: Vec<Component>,
}

impl Regression {
    /// `None` when nothing could be fitted.
    fn new(
        contrast: &Contrast,
        decision: &Column,
        others: &[Column],
        model: Model,
        experience: &Experience,
    ) -> Option<Self> {
        let design = Design::new(contrast, decision, others);
        let posteriors = regression::fit(&design, contrast.comparison.is_some());
        let effect = match model {
            Model::Contrast => regression::effect(&posteriors),
            Model::Joint => joint::effect(contrast, decision, others, experience),
        };
        let fitted = !posteriors.is_empty() && !effect.is_empty();
        fitted.then_some(Self { design, posteriors, effect })
    }

    /// What the contrast would have been without the decision, by week. The effect is the model's; level, slope and
    /// noise are the contrast's that go with it.
    fn expected(&self) -> Vec<Expected> {
        let (mean, variance) = (mixture::mean(&self.effect), mixture::variance(&self.effect));
        let posteriors = regression::given_effect(&self.posteriors, mean, variance);
        counterfactual::expected(&self.design, &posteriors)
    }
}

impl Evidence {
    /// Looks at `data` before week `now`.
    pub(crate) fn gather(
        data: &CellWeeks,
        now: usize,
        decision: &Column,
        others: &[Column],
        plan: &Plan,
        experience: &Experience,
    ) -> Self {
        let window = Window::new(data, now, decision);
        let variance_of = |compared| match plan.approach(compared).model {
            Model::Contrast => VarianceOf::Window,
            Model::Joint => VarianceOf::History,
        };
        let mut evidence = Self {
            window,
            contrast: Contrast::new(data, window, decision, variance_of),
            before: Counts::default(),
            after: Counts::default(),
            comparison_before: None,
            comparison_after: None,
            caveats: Vec::new(),
            regression: None,
        };
        let Some(contrast) = &evidence.contrast else {
            evidence.caveats.push(Caveat::EmptyTarget);
            return evidence;
        };
        let around = |arm: &Arm| answers_around(data, &arm.cells, &window, decision);
        (evidence.before, evidence.after) = around(&contrast.treated);
        (evidence.comparison_before, evidence.comparison_after) = contrast.comparison.as_ref().map(around).unzip();
        let usable = || {
            let weeks = (window.first..window.end).zip(&contrast.usable);
            weeks.filter_map(|(week, usable)| usable.then_some(week))
        };
        let history_weeks = usable().filter(|week| *week < window.start).count();
        let aftermath = usable().filter(|week| *week >= window.start);
        let aftermath_weeks = aftermath.map(|week| decision.exposure(week)).sum();
        evidence.caveats = shortcomings(history_weeks, aftermath_weeks, evidence.before, evidence.after);
        if evidence.caveats.is_empty() {
            let model = plan.approach(contrast.comparison.is_some()).model;
            evidence.regression = Regression::new(contrast, decision, others, model, experience);
        }
        if contrast.comparison.is_none() {
            evidence.caveats.push(Caveat::NoComparison);
            if history_weeks < SEASON_WEEKS {
                evidence.caveats.push(Caveat::SeasonalityUnknown { weeks: history_weeks, needed: SEASON_WEEKS });
            }
        }
        evidence
    }

    /// Whether there is anybody to compare the target with.
    pub(crate) fn is_compared(&self) -> bool {
        self.contrast.as_ref().is_some_and(|contrast| contrast.comparison.is_some())
    }

    /// How the effect is, or would be, estimated; `None` without anyone in the target.
    pub(crate) fn method(&self) -> Option<Method> {
        let compared = self.contrast.as_ref()?.comparison.is_some();
        Some(if compared { Method::DifferenceInDifferences } else { Method::InterruptedTimeSeries })
    }

    /// The weekly series for drawing.
    pub(crate) fn series(&self) -> Vec<WeekPoint> {
        let Some(contrast) = &self.contrast else {
            let empty = |week| WeekPoint { week, ..WeekPoint::default() };
            return (self.window.first..self.window.end).map(empty).collect();
        };
        let expected = self.regression.as_ref().map(Regression::expected);
        (0..self.window.weeks())
            .map(|week| point(contrast, week, expected.as_ref().map(|expected| expected[week])))
            .collect()
    }
}

/// A week of the window as it is drawn; the contrast to be expected becomes a score on top of the comparison's.
fn point(contrast: &Contrast, week: usize, expected: Option<Expected>) -> WeekPoint {
    let clip = |score: f64| score.clamp(-100.0, 100.0);
    let compared = contrast.comparison.as_ref().map_or(0.0, |comparison| comparison.level[week]);
    let expected = expected.filter(|_| contrast.usable[week]);
    let interval = |expected: Expected| {
        let half = expected.variance.sqrt() * -normal::quantile((1.0 - DRAWN_LEVEL) / 2.0);
        let (low, high) = (compared + expected.mean - half, compared + expected.mean + half);
        Interval { low: clip(low), high: clip(high), level: DRAWN_LEVEL }
    };
    let treated = &contrast.treated;
    WeekPoint {
        week: contrast.window.first + week,
        observed: (treated.answers[week] > 0.0).then(|| clip(treated.level[week])),
        expected: expected.map(|expected| clip(compared + expected.mean)),
        expected_interval: expected.map(interval),
        responses: answers(contrast, week),
    }
}

/// The answers of some cells in the weeks before the decision, and in those mostly with it.
fn answers_around(data: &CellWeeks, cells: &[usize], window: &Window, decision: &Column) -> (Counts, Counts) {
    let with = (window.start..window.end).filter(|week| decision.exposure(*week) >= MOST_OF_A_WEEK);
    let after = with.map(|week| data.total(cells, week..week + 1)).sum();
    (data.total(cells, window.first..window.start), after)
}

/// How many in the target answered in a week of the window.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number of answers, never negative"
)]
fn answers(contrast: &Contrast, week: usize) -> u64 {
    contrast.treated.answers[week] as u64
}

/// Every reason not to estimate anything.
fn shortcomings(history_weeks: usize, aftermath_weeks: f64, before: Counts, after: Counts) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    if history_weeks < SHORTEST_HISTORY_WEEKS {
        caveats.push(Caveat::ShortHistory { weeks: history_weeks, needed: SHORTEST_HISTORY_WEEKS });
    }
    // Sevenths of a week do not add up to whole weeks exactly.
    if aftermath_weeks < SHORTEST_AFTERMATH_WEEKS - 1e-9 {
        caveats.push(Caveat::ShortAftermath { weeks: aftermath_weeks, needed: SHORTEST_AFTERMATH_WEEKS });
    }
    if after.responses() < SMALLEST_AFTERMATH_RESPONSES {
        caveats.push(Caveat::FewResponses {
            before: before.responses(),
            after: after.responses(),
            needed: SMALLEST_AFTERMATH_RESPONSES,
        });
    }
    caveats
}

/// The part of the window over which a decision was in effect, in weeks, answers or not.
pub(crate) fn exposed_weeks(window: &Window, decision: &Column) -> f64 {
    (window.start..window.end).map(|week| decision.exposure(week)).sum()
}

/// Which other decisions took effect or ended within `horizon_weeks` of this one's start and entered the regression.
pub(crate) fn overlapping(
    regression: &Regression,
    decision: &Column,
    others: &[Column],
    horizon_weeks: u32,
) -> Vec<usize> {
    let near = |moment: f64| (moment - decision.starts).abs() < f64::from(horizon_weeks);
    let entered = regression.design.others.iter().map(|(other, _)| *other);
    entered.filter(|other| near(others[*other].starts) || others[*other].ends.is_some_and(near)).collect()
}
