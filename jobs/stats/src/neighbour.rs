//! Priors of other decisions' effects from their own comparisons, for a decision that has no comparison.
//!
//! A decision for everybody is estimated from the whole score over time, where another decision's effect on some
//! customers looks like a part of its own. But that other effect shows in the contrast of its customers with all
//! others, which the whole score barely reflects: the estimate from the contrast becomes the prior of its column.

use crate::cells::CellWeeks;
use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::design::{OTHER_PRIOR, RegressionDesign};
use crate::limit::SHORTEST_HISTORY_WEEKS;
use crate::mixture::{self, NormalComponent};
use crate::number;
use crate::regression;
use crate::window::LookWindow;

/// Prior standard deviation of how much more the decision does to the other one's customers than to everybody else, NPS
/// points.
const UNEVEN_PRIOR: f64 = 4.0;

/// The prior of another decision's effect before the whole score is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NeighbourPrior {
    /// The prior mean, NPS points.
    pub mean: f64,
    /// One over the variance, per squared NPS point.
    pub precision: f64,
}

impl NeighbourPrior {
    /// The prior without a comparison: effects are seldom large.
    pub(crate) const VAGUE: Self = Self { mean: 0.0, precision: 1.0 / (OTHER_PRIOR * OTHER_PRIOR) };
}

/// The prior of each of the others for the review of `decision`, at the beginning of each of the weeks `cuts`, counted
/// from the first week of the window: one list per cut, in the order of the others.
pub(crate) fn neighbour_priors(
    data: &CellWeeks,
    window: LookWindow,
    decision: &DecisionColumn,
    others: &[(usize, &DecisionColumn)],
    cuts: &[usize],
) -> Vec<Vec<NeighbourPrior>> {
    // A decision for everybody need not have the same effect on everybody: in a contrast the difference would be
    // attributed to the other.
    let exposure: Vec<f64> = (window.first..window.end).map(|week| decision.exposure(week)).collect();
    let mut priors = vec![vec![NeighbourPrior::VAGUE; others.len()]; cuts.len()];
    for (place, (index, other)) in others.iter().enumerate() {
        let rest: Vec<(usize, &DecisionColumn)> =
            others.iter().filter(|(another, _)| another != index).copied().collect();
        for (cut, effect) in effects(data, window, other, (&rest, &exposure), cuts).into_iter().enumerate() {
            if !effect.is_empty() {
                let (mean, variance) = (mixture::mean(&effect), mixture::variance(&effect));
                // The contrast's own prior of the effect is too wide to matter.
                let precision = 1.0 / variance + NeighbourPrior::VAGUE.precision;
                priors[cut][place] = NeighbourPrior { mean: mean / variance / precision, precision };
            }
        }
    }
    priors
}

/// The effect of another decision in its own contrast, at each cut; empty without enough history or before it takes
/// effect.
fn effects(
    data: &CellWeeks,
    window: LookWindow,
    other: &DecisionColumn,
    (rest, exposure): (&[(usize, &DecisionColumn)], &[f64]),
    cuts: &[usize],
) -> Vec<Vec<NormalComponent>> {
    let none = || vec![Vec::new(); cuts.len()];
    let start = number::week_of(other.starts, window.end);
    if start < window.first + SHORTEST_HISTORY_WEEKS || start >= window.end {
        return none();
    }
    let own = LookWindow { start, ..window };
    let Some(contrast) = ArmContrast::new(data, own, other).filter(|contrast| contrast.comparison.is_some()) else {
        return none();
    };
    let design = RegressionDesign::new(&contrast, other, rest).with_column(exposure, UNEVEN_PRIOR);
    let found = regression::effects_at(&design, true, cuts);
    let shows = |cut: &usize| window.first + cut > start;
    found.into_iter().zip(cuts).map(|(effect, cut)| if shows(cut) { effect } else { Vec::new() }).collect()
}
