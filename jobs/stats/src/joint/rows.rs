//! The regression of both arms: two rows a week, one without a comparison, and the priors of their columns.
//!
//! `treated = effect + tilt + shared`, `comparison = shared`, where each arm has its own level and both share a slope,
//! the season, a shift from the decision's start on, and other decisions as far as they touch the arm
//! (`docs/statistics.md`, "The model").

use std::f64::consts::TAU;

use crate::arm::ArmSeries;
use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::design::{EFFECT_PRIOR, LEVEL_PRIOR, OTHER_PRIOR, SEASONS, SMALLEST_SHARE, TILTS, YEAR_WEEKS};
use crate::neighbour::NeighbourPrior;
use crate::number;

/// The most columns whose priors' scale is integrated over; they are the first after the score, the effect leading.
pub(super) const MOST_SCALED: usize = 6;

/// Prior standard deviations of what happens to everybody at the decision's start, NPS points, and their weights: a
/// spike and two slabs.
const SHIFTS: [(f64, f64); 3] = [(0.05, 0.5), (3.0, 0.3), (15.0, 0.2)];

/// Prior standard deviation of the slope that both arms share, NPS points in ten weeks.
const SLOPE_PRIOR: f64 = 1.5;

/// The same without a comparison, where it matters most: standard deviations with their weights.
const LONE_SLOPES: [(f64, f64); 3] = [(0.3, 0.5), (1.0, 0.4), (3.0, 0.1)];

/// By how much the season's priors are multiplied without a comparison, and the weights: hardly a season, the usual one,
/// a strong one.
const LONE_SEASONS: [(f64, f64); 3] = [(0.125, 0.5), (1.0, 0.4), (2.5, 0.1)];

/// One scale of the priors of the scaled columns.
#[derive(Clone, Debug)]
pub(super) struct PriorScale {
    pub log_weight: f64,
    /// One over the prior variance of each scaled column.
    pub precision: Vec<f64>,
    /// The logarithm of their product.
    pub ln_precision: f64,
}

impl PriorScale {
    /// Scales of these prior standard deviations.
    fn new(log_weight: f64, deviations: &[f64]) -> Self {
        let precision: Vec<f64> = deviations.iter().map(|deviation| deviation.powi(-2)).collect();
        Self { log_weight, ln_precision: precision.iter().product::<f64>().ln(), precision }
    }
}

/// The regression problem over the window's weeks.
#[derive(Clone, Debug)]
pub(super) struct RegressionRows {
    /// How long a row is: the score, the scaled columns, the other columns.
    pub width: usize,
    /// How many columns are scaled.
    pub scaled: usize,
    /// Row-major, week by week; in a week the treated arm's row comes first.
    pub values: Vec<f64>,
    /// Sampling variance, by row.
    pub sampling: Vec<f64>,
    /// How many rows a week has.
    pub arms: usize,
    /// Which weeks have answers in every arm.
    pub usable: Vec<bool>,
    /// One over the prior variance of each column behind the scaled ones.
    pub precision: Vec<f64>,
    /// The prior mean of each of these.
    pub means: Vec<f64>,
    pub scales: Vec<PriorScale>,
    /// The other decisions that entered, in the order of their columns, which are the last ones: which one it is, and the
    /// first week of the window in which it touches an arm.
    others: Vec<(usize, usize)>,
}

/// One column of each arm, week by week; the second stays empty without a comparison.
struct ArmColumns {
    treated: Vec<f64>,
    compared: Vec<f64>,
}

impl RegressionRows {
    /// The regression for `decision` among others, which come with their positions.
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

    /// The scale that lets as much happen to everybody at the decision's start as any, and is otherwise like another: what
    /// can be told apart only because nothing else happened cannot be told apart.
    pub(super) fn most_cautious(&self, scale: usize) -> usize {
        if self.arms > 1 { scale - scale % SHIFTS.len() + SHIFTS.len() - 1 } else { scale }
    }

    /// Takes in what is believed of the other decisions by now, in their order.
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

    /// The other decisions that touched an arm before week `cut` of the window.
    pub(super) fn touching(&self, cut: usize) -> Vec<usize> {
        self.others.iter().filter(|(_, week)| *week < cut).map(|(other, _)| *other).collect()
    }

    /// The position of another decision's column among all columns, the score left out.
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

/// A column that the treated arm alone has.
fn own(values: Vec<f64>) -> ArmColumns {
    ArmColumns { compared: vec![0.0; values.len()], treated: values }
}

/// The effect, then the tilt and the shift; without a comparison, which cannot tell those, the slope and the season.
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

/// The other columns but those of other decisions, each with its prior standard deviation.
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

/// By week, how much of each arm another decision touches, as far as in effect, and the first week in which that is
/// more than next to nothing; `None` when there is none.
fn touched(contrast: &ArmContrast, other: &DecisionColumn) -> Option<(ArmColumns, usize)> {
    let share = |arm: &ArmSeries| -> Vec<f64> {
        let exposed = weeks_of(contrast).map(|week| other.exposure(week));
        arm.share_targeted(other).into_iter().zip(exposed).map(|(share, exposure)| share * exposure).collect()
    };
    let treated = share(&contrast.treated);
    let compared = contrast.comparison.as_ref().map_or_else(Vec::new, share);
    let first = |shares: &[f64]| shares.iter().position(|share| *share > SMALLEST_SHARE);
    let week = first(&treated).into_iter().chain(first(&compared)).min()?;
    // What lies below would enter or not by what later weeks bring.
    let since = |shares: Vec<f64>| {
        shares.into_iter().enumerate().map(|(at, share)| if at < week { 0.0 } else { share }).collect()
    };
    Some((ArmColumns { treated: since(treated), compared: since(compared) }, week))
}

/// Every scale of the tilt with every scale of the shift; without a comparison, of the slope with those of the season.
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
