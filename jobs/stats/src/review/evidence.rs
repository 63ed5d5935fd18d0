//! What looks have to go on: the answers before and after, and every reason why they do not allow an estimate.
//!
//! What follows from the evidence is [`super::life`]'s to say.

use super::finding::{Caveat, Method};
use crate::arm::Arm;
use crate::contrast::Contrast;
use crate::decision::Column;
use crate::limit::{SEASON_WEEKS, SHORTEST_AFTERMATH_WEEKS, SHORTEST_HISTORY_WEEKS, SMALLEST_AFTERMATH_RESPONSES};
use crate::nps::Counts;
use crate::window::Window;

/// A week belongs to the aftermath's counts when the decision was in effect for at least half of it.
const MOST_OF_A_WEEK: f64 = 0.5;

/// What one look sees, but for the regression.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// The weeks that it sees.
    pub window: Window,
    /// How the effect is, or would be, estimated; `None` without anyone in the target.
    pub method: Option<Method>,
    pub before: Counts,
    pub after: Counts,
    pub comparison_before: Option<Counts>,
    pub comparison_after: Option<Counts>,
    pub caveats: Vec<Caveat>,
    /// Whether the data allow an estimate; the caveats say why they do not.
    pub suffices: bool,
}

impl Evidence {
    /// Looks at the weeks before the end of `window`, which the contrast reaches or surpasses.
    pub(super) fn gather(contrast: Option<&Contrast>, window: Window, decision: &Column) -> Self {
        let mut sufficiency = Self {
            window,
            method: None,
            before: Counts::default(),
            after: Counts::default(),
            comparison_before: None,
            comparison_after: None,
            caveats: Vec::new(),
            suffices: false,
        };
        let weeks = window.first..window.end;
        let answered =
            |contrast: &&Contrast| contrast.treated.answers[..window.weeks()].iter().any(|responses| *responses > 0.0);
        let Some(contrast) = contrast.filter(answered) else {
            sufficiency.caveats.push(Caveat::EmptyTarget);
            return sufficiency;
        };
        let compared = contrast.comparison.is_some();
        sufficiency.method = Some(if compared { Method::DifferenceInDifferences } else { Method::InterruptedTimeSeries });
        let around = |arm: &Arm| answers_around(arm, &window, decision);
        (sufficiency.before, sufficiency.after) = around(&contrast.treated);
        (sufficiency.comparison_before, sufficiency.comparison_after) = contrast.comparison.as_ref().map(around).unzip();
        let usable = || weeks.clone().zip(&contrast.usable).filter_map(|(week, usable)| usable.then_some(week));
        let history_weeks = usable().filter(|week| *week < window.start).count();
        let aftermath = usable().filter(|week| *week >= window.start);
        let aftermath_weeks = aftermath.map(|week| decision.exposure(week)).sum();
        sufficiency.caveats = shortcomings(history_weeks, aftermath_weeks, sufficiency.before, sufficiency.after);
        sufficiency.suffices = sufficiency.caveats.is_empty();
        if !compared {
            sufficiency.caveats.push(Caveat::NoComparison);
            if history_weeks < SEASON_WEEKS {
                sufficiency.caveats.push(Caveat::SeasonalityUnknown { weeks: history_weeks, needed: SEASON_WEEKS });
            }
        }
        sufficiency
    }

    /// The part of the window over which a decision was in effect, in weeks, answers or not.
    pub(super) fn exposed_weeks(&self, decision: &Column) -> f64 {
        (self.window.start..self.window.end).map(|week| decision.exposure(week)).sum()
    }
}

/// The answers of an arm in the weeks before the decision, and in those mostly with it.
fn answers_around(arm: &Arm, window: &Window, decision: &Column) -> (Counts, Counts) {
    let (before, since) = arm.counts[..window.weeks()].split_at(window.before());
    let with = (window.start..window.end).zip(since).filter(|(week, _)| decision.exposure(*week) >= MOST_OF_A_WEEK);
    (before.iter().sum(), with.map(|(_, counts)| counts).sum())
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

/// Which of these other decisions took effect or ended within `horizon_weeks` of this one's start.
pub(super) fn near(decision: &Column, others: &[Column], touching: &[usize], horizon_weeks: u32) -> Vec<usize> {
    let near = |timestamp: f64| (timestamp - decision.starts).abs() < f64::from(horizon_weeks);
    let is_near = |other: &usize| near(others[*other].starts) || others[*other].ends.is_some_and(near);
    touching.iter().copied().filter(is_near).collect()
}
