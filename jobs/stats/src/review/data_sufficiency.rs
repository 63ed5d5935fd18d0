//! The data that a look can use: the responses before and after, and every reason why they do not allow an estimate.
//!
//! The conclusions are drawn in [`super::sequence`].

use super::finding::{EstimationMethod, ReviewCaveat};
use crate::arm::ArmSeries;
use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::limit::{SEASON_WEEKS, SHORTEST_HISTORY_WEEKS, SHORTEST_POST_PERIOD_WEEKS, SMALLEST_POST_PERIOD_RESPONSES};
use crate::nps::NpsCounts;
use crate::window::LookWindow;

/// A week belongs to the post-period's counts when the decision was in effect for at least this share of it.
const MOST_OF_A_WEEK: f64 = 0.5;

/// What one look uses besides the regression.
#[derive(Clone, Debug)]
pub(super) struct DataSufficiency {
    /// The weeks that it uses.
    pub window: LookWindow,
    /// How the effect is, or would be, estimated; `None` without responses from the target.
    pub method: Option<EstimationMethod>,
    pub before: NpsCounts,
    pub after: NpsCounts,
    pub comparison_before: Option<NpsCounts>,
    pub comparison_after: Option<NpsCounts>,
    pub caveats: Vec<ReviewCaveat>,
    /// Whether the data allow an estimate; the caveats give the reasons when they do not.
    pub suffices: bool,
}

impl DataSufficiency {
    /// Assesses the weeks before the end of `window`, which the contrast reaches or exceeds.
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
        let has_responses = |contrast: &&ArmContrast| {
            contrast.treated.responses[..window.weeks()].iter().any(|responses| *responses > 0.0)
        };
        let Some(contrast) = contrast.filter(has_responses) else {
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
        let post_period = usable().filter(|week| *week >= window.start);
        let post_period_weeks = post_period.map(|week| decision.exposure(week)).sum();
        sufficiency.caveats = insufficiencies(history_weeks, post_period_weeks, sufficiency.before, sufficiency.after);
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

    /// How long a decision was in effect within the window, in weeks, with or without responses.
    pub(super) fn exposed_weeks(&self, decision: &DecisionColumn) -> f64 {
        (self.window.start..self.window.end).map(|week| decision.exposure(week)).sum()
    }
}

/// The responses of an arm in the weeks before the decision, and in the weeks at least half of which it was in effect.
fn responses_around(arm: &ArmSeries, window: &LookWindow, decision: &DecisionColumn) -> (NpsCounts, NpsCounts) {
    let (before, since) = arm.counts[..window.weeks()].split_at(window.before());
    let with = (window.start..window.end).zip(since).filter(|(week, _)| decision.exposure(*week) >= MOST_OF_A_WEEK);
    (before.iter().sum(), with.map(|(_, counts)| counts).sum())
}

/// Every reason why there is no estimate.
fn insufficiencies(
    history_weeks: usize,
    post_period_weeks: f64,
    before: NpsCounts,
    after: NpsCounts,
) -> Vec<ReviewCaveat> {
    let mut caveats = Vec::new();
    if history_weeks < SHORTEST_HISTORY_WEEKS {
        caveats.push(ReviewCaveat::ShortHistory { weeks: history_weeks, needed: SHORTEST_HISTORY_WEEKS });
    }
    // Sevenths of a week do not add up to whole weeks exactly.
    if post_period_weeks < SHORTEST_POST_PERIOD_WEEKS - 1e-9 {
        caveats.push(ReviewCaveat::ShortPostPeriod { weeks: post_period_weeks, needed: SHORTEST_POST_PERIOD_WEEKS });
    }
    if after.responses() < SMALLEST_POST_PERIOD_RESPONSES {
        caveats.push(ReviewCaveat::FewResponses {
            before: before.responses(),
            after: after.responses(),
            needed: SMALLEST_POST_PERIOD_RESPONSES,
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
