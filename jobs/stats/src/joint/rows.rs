//! The regression of both arms: two rows per week, one without a comparison, and the priors of their columns.
//!
//! `treated = effect + tilt + shared`, `comparison = shared`, where each arm has its own level and both share a slope,
//! the season, a shift from the decision's start on, and other decisions insofar as they affect the arm
//! (`docs/statistics.md`, "The model").

use std::f64::consts::TAU;

use crate::arm::ArmSeries;
use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::design::{EFFECT_PRIOR, LEVEL_PRIOR, OTHER_PRIOR, SEASONS, SMALLEST_SHARE, TILTS, YEAR_WEEKS};
use crate::neighbour::NeighbourPrior;
use crate::number;

/// The maximum number of columns whose prior scale is integrated over; they follow the score, the effect being first.
pub(super) const MOST_SCALED: usize = 6;

/// Prior standard deviations of a shift that affects everybody at the decision's start, NPS points, and their weights:
/// a spike and two slabs.
const SHIFTS: [(f64, f64); 3] = [(0.05, 0.5), (3.0, 0.3), (15.0, 0.2)];

/// Prior standard deviation of the slope that both arms share, NPS points in ten weeks.
const SLOPE_PRIOR: f64 = 1.5;

/// The same without a comparison, where it matters most: standard deviations and their weights.
const LONE_SLOPES: [(f64, f64); 3] = [(0.3, 0.5), (1.0, 0.4), (3.0, 0.1)];

/// The factors of the season's priors without a comparison, and their weights: almost no season, the usual one, a
/// strong one.
const LONE_SEASONS: [(f64, f64); 3] = [(0.125, 0.5), (1.0, 0.4), (2.5, 0.1)];

/// One set of scales for the priors of the scaled columns.
#[derive(Clone, Debug)]
pub(super) struct PriorScale {
    pub log_weight: f64,
    /// One over the prior variance of each scaled column.
    pub precision: Vec<f64>,
    /// The logarithm of the product of `precision`.
    pub ln_precision: f64,
}

impl PriorScale {
    /// Scales of these prior standard deviations.
    fn new(log_weight: f64, deviations: &[f64]) -> Self {
        let precision: Vec<f64> = deviations.iter().map(|deviation| deviation.powi(-2)).collect();
        Self { log_weight, ln_precision: precision.iter().product::<f64>().ln(), precision }
    }
}

/// The regression problem over the weeks of the window.
#[derive(Clone, Debug)]
pub(super) struct RegressionRows {
    /// The length of a row: the score, the scaled columns, the other columns.
    pub width: usize,
    /// The number of scaled columns.
    pub scaled: usize,
    /// Row-major, week by week; in a week the treated arm's row comes first.
    pub values: Vec<f64>,
    /// Sampling variance, by row.
    pub sampling: Vec<f64>,
    /// The number of rows per week.
    pub arms: usize,
    /// Which weeks have responses in every arm.
    pub usable: Vec<bool>,
    /// One over the prior variance of each column after the scaled ones.
    pub precision: Vec<f64>,
    /// The prior mean of each of these columns.
    pub means: Vec<f64>,
    pub scales: Vec<PriorScale>,
    /// The other decisions that entered, in the order of their columns, which are the last ones: its position, and the
    /// first week of the window in which it affects an arm.
    others: Vec<(usize, usize)>,
}

/// One column for each arm, week by week; the second is empty without a comparison.
struct ArmColumns {
    treated: Vec<f64>,
    compared: Vec<f64>,
}

impl RegressionRows {
    /// The regression for `decision` among others, which are given with their positions.
    pub(super) fn new(contrast: &ArmContrast, decision: &DecisionColumn, others: &[(usize, &DecisionColumn)]) -> Self {
        let comparison = contrast.comparison.as_ref();
        let mut pillars = vec![ArmColumns {
            treated: contrast.treated.level.clone(),
            compared: comparison.map_or_else(Vec::new, |arm| arm.level.clone()),
        }];
        pillars.extend(scaled_columns(contrast, decision));
        let scaled = pillars.len() - 1;
        let mut priors = Vec::new();
        for (pillar, prior) in shared_columns(contrast, decision) {
            pillars.push(pillar);
            priors.push(prior);
        }
        let mut entering = Vec::new();
        for (place, other) in others {
            if let Some((pillar, week)) = touched(contrast, other) {
                pillars.push(pillar);
                entering.push((*place, week));
            }
        }
        priors.resize(pillars.len() - 1 - scaled, OTHER_PRIOR);
        let (mut values, mut sampling) = (Vec::new(), Vec::new());
        for week in 0..contrast.window.weeks() {
            values.extend(pillars.iter().map(|pillar| pillar.treated[week]));
            sampling.push(contrast.treated.variance[week]);
            if let Some(arm) = comparison {
                values.extend(pillars.iter().map(|pillar| pillar.compared[week]));
                sampling.push(arm.variance[week]);
            }
        }
        Self {
            width: pillars.len(),
            scaled,
            values,
            sampling,
            arms: 1 + usize::from(comparison.is_some()),
            usable: contrast.usable.clone(),
            means: vec![0.0; priors.len()],
            precision: priors.iter().map(|prior: &f64| prior.powi(-2)).collect(),
            scales: scales(comparison.is_some()),
            others: entering,
        }
    }

    /// The scale with the largest shift for everybody at the decision's start, otherwise equal to another: effects that
    /// can only be separated on the assumption that nothing else happened count as inseparable.
    pub(super) fn most_cautious(&self, scale: usize) -> usize {
        if self.arms > 1 { scale - scale % SHIFTS.len() + SHIFTS.len() - 1 } else { scale }
    }

    /// Sets the priors of the other decisions, in their order, to those available by now.
    pub(super) fn set_priors(&mut self, others: &[(usize, &DecisionColumn)], priors: &[NeighbourPrior]) {
        let first = self.precision.len() - self.others.len();
        for (place, (entered, _)) in self.others.iter().enumerate() {
            let prior = others.iter().zip(priors).find(|((other, _), _)| other == entered);
            if let Some((_, belief)) = prior {
                self.precision[first + place] = belief.precision;
                self.means[first + place] = belief.mean;
            }
        }
    }

    /// The other decisions that affected an arm before week `cut` of the window.
    pub(super) fn touching(&self, cut: usize) -> Vec<usize> {
        self.others.iter().filter(|(_, week)| *week < cut).map(|(other, _)| *other).collect()
    }

    /// The position of another decision's column among all columns, not counting the score.
    pub(super) fn column_of(&self, other: usize) -> usize {
        let place = self.others.iter().position(|(entered, _)| *entered == other).unwrap_or_default();
        self.width - 1 - self.others.len() + place
    }
}

fn weeks_of(contrast: &ArmContrast) -> impl Iterator<Item = usize> + use<> {
    contrast.window.first..contrast.window.end
}

/// A column that both arms have.
fn shared(contrast: &ArmContrast, values: Vec<f64>) -> ArmColumns {
    ArmColumns { compared: if contrast.comparison.is_some() { values.clone() } else { Vec::new() }, treated: values }
}

/// A column that only the treated arm has.
fn own(values: Vec<f64>) -> ArmColumns {
    ArmColumns { compared: vec![0.0; values.len()], treated: values }
}

/// The effect, then the tilt and the shift; without a comparison, where those cannot be separated, the slope and the
/// season.
fn scaled_columns(contrast: &ArmContrast, decision: &DecisionColumn) -> Vec<ArmColumns> {
    let exposure: Vec<f64> = weeks_of(contrast).map(|week| decision.exposure(week)).collect();
    let slope = slope(contrast, decision);
    if contrast.comparison.is_some() {
        return vec![own(exposure.clone()), own(slope), shared(contrast, exposure)];
    }
    let mut pillars = vec![own(exposure), own(slope)];
    pillars.extend(season_columns(contrast).into_iter().map(|(pillar, _)| pillar));
    pillars
}

/// The other columns except those of other decisions, each with its prior standard deviation.
fn shared_columns(contrast: &ArmContrast, decision: &DecisionColumn) -> Vec<(ArmColumns, f64)> {
    let (one, nil) = (vec![1.0; contrast.window.weeks()], vec![0.0; contrast.window.weeks()]);
    let mut pillars = vec![(own(one.clone()), LEVEL_PRIOR)];
    if contrast.comparison.is_some() {
        pillars.push((ArmColumns { treated: nil, compared: one }, LEVEL_PRIOR));
        pillars.push((shared(contrast, slope(contrast, decision)), SLOPE_PRIOR));
        pillars.extend(season_columns(contrast));
    }
    pillars
}

/// The sine and the cosine of each of the season's waves, with their prior standard deviation.
fn season_columns(contrast: &ArmContrast) -> Vec<(ArmColumns, f64)> {
    let mut pillars = Vec::new();
    for (waves, prior) in SEASONS {
        let angle = |week: usize| TAU * waves * number::of_index(week) / YEAR_WEEKS;
        let sines = weeks_of(contrast).map(|week| angle(week).sin()).collect();
        let cosines = weeks_of(contrast).map(|week| angle(week).cos()).collect();
        pillars.push((shared(contrast, sines), prior));
        pillars.push((shared(contrast, cosines), prior));
    }
    pillars
}

fn slope(contrast: &ArmContrast, decision: &DecisionColumn) -> Vec<f64> {
    weeks_of(contrast).map(|week| (number::of_index(week) - decision.starts) / 10.0).collect()
}

/// Per week, the share of each arm that another decision in effect targets, and the first week in which it is not
/// negligible; `None` when there is none.
fn touched(contrast: &ArmContrast, other: &DecisionColumn) -> Option<(ArmColumns, usize)> {
    let share = |arm: &ArmSeries| -> Vec<f64> {
        let exposed = weeks_of(contrast).map(|week| other.exposure(week));
        arm.share_targeted(other).into_iter().zip(exposed).map(|(share, exposure)| share * exposure).collect()
    };
    let treated = share(&contrast.treated);
    let compared = contrast.comparison.as_ref().map_or_else(Vec::new, share);
    let first = |shares: &[f64]| shares.iter().position(|share| *share > SMALLEST_SHARE);
    let week = first(&treated).into_iter().chain(first(&compared)).min()?;
    // A later week must not decide whether an earlier, smaller share enters.
    let since = |shares: Vec<f64>| {
        shares.into_iter().enumerate().map(|(at, share)| if at < week { 0.0 } else { share }).collect()
    };
    Some((ArmColumns { treated: since(treated), compared: since(compared) }, week))
}

/// Every scale of the tilt with every scale of the shift; without a comparison, every scale of the slope with every
/// scale of the season.
fn scales(compared: bool) -> Vec<PriorScale> {
    let mut scales = Vec::new();
    if compared {
        for (tilt, tilt_weight) in TILTS {
            for (shift, shift_weight) in SHIFTS {
                scales.push(PriorScale::new((tilt_weight * shift_weight).ln(), &[EFFECT_PRIOR, tilt, shift]));
            }
        }
        return scales;
    }
    for (slope, slope_weight) in LONE_SLOPES {
        for (times, season_weight) in LONE_SEASONS {
            let mut deviations = vec![EFFECT_PRIOR, slope];
            deviations.extend(SEASONS.iter().flat_map(|(_, prior)| [times * prior; 2]));
            scales.push(PriorScale::new((slope_weight * season_weight).ln(), &deviations));
        }
    }
    scales
}
