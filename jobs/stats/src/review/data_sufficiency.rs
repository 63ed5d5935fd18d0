//! What looks have to go on: the answers before and after, and every reason why they do not allow an estimate.
//!
//! What follows from the evidence is [`super::life`]'s to say.

use super::finding::{EstimationMethod, ReviewCaveat};
use crate::arm::ArmSeries;
use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::limit::{SEASON_WEEKS, SHORTEST_AFTERMATH_WEEKS, SHORTEST_HISTORY_WEEKS, SMALLEST_AFTERMATH_RESPONSES};
use crate::nps::NpsCounts;
use crate::window::LookWindow;

/// A week belongs to the aftermath's counts when the decision was in effect for at least half of it.
const MOST_OF_A_WEEK: f64 = 0.5;

/// What one look sees, but for the regression.
#[derive(Clone, Debug)]
pub(super) struct DataSufficiency {
    /// The weeks that it sees.
    pub window: LookWindow,
    /// How the effect is, or would be, estimated; `None` without anyone in the target.
    pub method: Option<EstimationMethod>,
    pub before: NpsCounts,
    pub after: NpsCounts,
    pub comparison_before: Option<NpsCounts>,
    pub comparison_after: Option<NpsCounts>,
    pub caveats: Vec<ReviewCaveat>,
    /// Whether the data allow an estimate; the caveats say why they do not.
    pub suffices: bool,
}

impl DataSufficiency {
    /// Looks at the weeks before the end of `window`, which the contrast reaches or surpasses.
    pub(super) fn assess(contrast: Option<&ArmContrast>, window: LookWindow, decision: &DecisionColumn) -> Self {
        let mut sufficiency = Self {
            window,
            method: None,
            before: NpsCounts::default(),
            after: NpsCounts::default(),
            comparison_before: None,
            comparison_after: None,
            caveats: Vec::new(),
            suffices: false,
        };
        let weeks = window.first..window.end;
        let answered = |contrast: &&ArmContrast| {
            contrast.treated.responses[..window.weeks()].iter().any(|responses| *responses > 0.0)
        };
        let Some(contrast) = contrast.filter(answered) else {
            sufficiency.caveats.push(ReviewCaveat::EmptyTarget);
            return sufficiency;
        };
        let compared = contrast.comparison.is_some();
        sufficiency.method = Some(if compared {
            EstimationMethod::DifferenceInDifferences
        } else {
            EstimationMethod::InterruptedTimeSeries
        });
        let around = |arm: &ArmSeries| responses_around(arm, &window, decision);
        (sufficiency.before, sufficiency.after) = around(&contrast.treated);
        (sufficiency.comparison_before, sufficiency.comparison_after) =
            contrast.comparison.as_ref().map(around).unzip();
        let usable = || weeks.clone().zip(&contrast.usable).filter_map(|(week, usable)| usable.then_some(week));
        let history_weeks = usable().filter(|week| *week < window.start).count();
        let aftermath = usable().filter(|week| *week >= window.start);
        let aftermath_weeks = aftermath.map(|week| decision.exposure(week)).sum();
        sufficiency.caveats = insufficiencies(history_weeks, aftermath_weeks, sufficiency.before, sufficiency.after);
        sufficiency.suffices = sufficiency.caveats.is_empty();
        if !compared {
            sufficiency.caveats.push(ReviewCaveat::NoComparison);
            if history_weeks < SEASON_WEEKS {
                sufficiency
                    .caveats
                    .push(ReviewCaveat::SeasonalityUnknown { weeks: history_weeks, needed: SEASON_WEEKS });
            }
        }
        sufficiency
    }

    /// The part of the window over which a decision was in effect, in weeks, answers or not.
    pub(super) fn exposed_weeks(&self, decision: &DecisionColumn) -> f64 {
        (self.window.start..self.window.end).map(|week| decision.exposure(week)).sum()
    }
}

/// The answers of an arm in the weeks before the decision, and in those mostly with it.
fn responses_around(arm: &ArmSeries, window: &LookWindow, decision: &DecisionColumn) -> (NpsCounts, NpsCounts) {
    let (before, since) = arm.counts[..window.weeks()].split_at(window.before());
    let with = (window.start..window.end).zip(since).filter(|(week, _)| decision.exposure(*week) >= MOST_OF_A_WEEK);
    (before.iter().sum(), with.map(|(_, counts)| counts).sum())
}

/// Every reason not to estimate anything.
fn insufficiencies(
    history_weeks: usize,
    aftermath_weeks: f64,
    before: NpsCounts,
    after: NpsCounts,
) -> Vec<ReviewCaveat> {
    let mut caveats = Vec::new();
    if history_weeks < SHORTEST_HISTORY_WEEKS {
        caveats.push(ReviewCaveat::ShortHistory { weeks: history_weeks, needed: SHORTEST_HISTORY_WEEKS });
    }
    // Sevenths of a week do not add up to whole weeks exactly.
    if aftermath_weeks < SHORTEST_AFTERMATH_WEEKS - 1e-9 {
        caveats.push(ReviewCaveat::ShortPostPeriod { weeks: aftermath_weeks, needed: SHORTEST_AFTERMATH_WEEKS });
    }
    if after.responses() < SMALLEST_AFTERMATH_RESPONSES {
        caveats.push(ReviewCaveat::FewResponses {
            before: before.responses(),
            after: after.responses(),
            needed: SMALLEST_AFTERMATH_RESPONSES,
        });
    }
    caveats
}

/// Which of these other decisions took effect or ended within `horizon_weeks` of this one's start.
pub(super) fn near(
    decision: &DecisionColumn,
    others: &[DecisionColumn],
    touching: &[usize],
    horizon_weeks: u32,
) -> Vec<usize> {
    let near = |timestamp: f64| (timestamp - decision.starts).abs() < f64::from(horizon_weeks);
    let is_near = |other: &usize| near(others[*other].starts) || others[*other].ends.is_some_and(near);
    touching.iter().copied().filter(is_near).collect()
}
