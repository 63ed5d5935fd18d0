//! The regression of both arms: two rows a week, one without a comparison, and the priors of their columns.
//!
//! `treated = effect + tilt + shared`, `comparison = shared`, where each arm has its own level and both share a slope,
//! the season, a shift from the decision's start on, and other decisions as far as they touch the arm
//! (statistics.md, "treated and comparison modelled jointly").

use std::f64::consts::TAU;

use crate::arm::Arm;
use crate::contrast::Contrast;
use crate::decision::Column;
use crate::design::{EFFECT_PRIOR, LEVEL_PRIOR, OTHER_PRIOR, SEASONS, SMALLEST_SHARE, YEAR_WEEKS};
use crate::number;

/// How many columns have priors whose scale is integrated over; they are the first after the score, the effect
/// leading.
pub(super) const SCALED: usize = 3;

/// Prior standard deviations of the slope of treated minus comparison, NPS points in ten weeks, and their weights.
pub(crate) const TILTS: [(f64, f64); 3] = [(0.1, 0.4), (0.4, 0.4), (1.2, 0.2)];

/// Prior standard deviations of what happens to everybody at the decision's start, NPS points, and their weights: a
/// spike and two slabs.
const SHIFTS: [(f64, f64); 3] = [(0.05, 0.5), (3.0, 0.3), (15.0, 0.2)];

/// Prior standard deviation of the slope that both arms share, NPS points in ten weeks.
const SLOPE_PRIOR: f64 = 1.5;

/// The same without a comparison.
const LONE_SLOPE_PRIOR: f64 = 1.0;

/// One scale of the priors of the scaled columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub log_weight: f64,
    /// One over the prior variance of each scaled column.
    pub precision: [f64; SCALED],
}

/// The regression problem over the window's weeks.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// How long a row is: the score, the scaled columns, the other columns.
    pub width: usize,
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
    pub scales: Vec<Scale>,
}

/// One column of each arm, week by week; the second stays empty without a comparison.
struct Pillar {
    treated: Vec<f64>,
    compared: Vec<f64>,
}

impl Rows {
    /// The regression for `decision` among `others`.
    pub(super) fn new(contrast: &Contrast, decision: &Column, others: &[Column]) -> Self {
        let comparison = contrast.comparison.as_ref();
        let mut pillars = vec![Pillar {
            treated: contrast.treated.level.clone(),
            compared: comparison.map_or_else(Vec::new, |arm| arm.level.clone()),
        }];
        let mut priors = Vec::new();
        pillars.extend(scaled_pillars(contrast, decision));
        for (pillar, prior) in shared_pillars(contrast, decision) {
            pillars.push(pillar);
            priors.push(prior);
        }
        let entering = others.iter().filter_map(|other| touched(contrast, other));
        pillars.extend(entering);
        priors.resize(pillars.len() - 1 - SCALED, OTHER_PRIOR);
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
            values,
            sampling,
            arms: 1 + usize::from(comparison.is_some()),
            usable: contrast.usable.clone(),
            precision: priors.iter().map(|prior: &f64| prior.powi(-2)).collect(),
            scales: scales(comparison.is_some()),
        }
    }
}

fn weeks_of(contrast: &Contrast) -> impl Iterator<Item = usize> + use<> {
    contrast.window.first..contrast.window.end
}

/// A column that both arms have.
fn shared(contrast: &Contrast, values: Vec<f64>) -> Pillar {
    Pillar { compared: if contrast.comparison.is_some() { values.clone() } else { Vec::new() }, treated: values }
}

/// A column that the treated arm alone has.
fn own(values: Vec<f64>) -> Pillar {
    Pillar { compared: vec![0.0; values.len()], treated: values }
}

/// The effect, then the tilt and the shift; without a comparison, which cannot tell those, the level and the slope.
fn scaled_pillars(contrast: &Contrast, decision: &Column) -> [Pillar; SCALED] {
    let exposure: Vec<f64> = weeks_of(contrast).map(|week| decision.exposure(week)).collect();
    let level = vec![1.0; exposure.len()];
    if contrast.comparison.is_some() {
        [own(exposure.clone()), own(slope(contrast, decision)), shared(contrast, exposure)]
    } else {
        [own(exposure), own(level), own(slope(contrast, decision))]
    }
}

/// The other columns but those of other decisions, each with its prior standard deviation.
fn shared_pillars(contrast: &Contrast, decision: &Column) -> Vec<(Pillar, f64)> {
    let mut pillars = Vec::new();
    if contrast.comparison.is_some() {
        let (one, nil) = (vec![1.0; contrast.window.weeks()], vec![0.0; contrast.window.weeks()]);
        pillars.push((own(one.clone()), LEVEL_PRIOR));
        pillars.push((Pillar { treated: nil, compared: one }, LEVEL_PRIOR));
        pillars.push((shared(contrast, slope(contrast, decision)), SLOPE_PRIOR));
    }
    for (waves, prior) in SEASONS {
        let angle = |week: usize| TAU * waves * number::of_index(week) / YEAR_WEEKS;
        let sines = weeks_of(contrast).map(|week| angle(week).sin()).collect();
        let cosines = weeks_of(contrast).map(|week| angle(week).cos()).collect();
        pillars.push((shared(contrast, sines), prior));
        pillars.push((shared(contrast, cosines), prior));
    }
    pillars
}

fn slope(contrast: &Contrast, decision: &Column) -> Vec<f64> {
    weeks_of(contrast).map(|week| (number::of_index(week) - decision.starts) / 10.0).collect()
}

/// By week, how much of each arm another decision touches, as far as in effect; `None` when it hardly touches any.
fn touched(contrast: &Contrast, other: &Column) -> Option<Pillar> {
    let share = |arm: &Arm| -> Vec<f64> {
        let exposed = weeks_of(contrast).map(|week| other.exposure(week));
        arm.share_targeted(other).into_iter().zip(exposed).map(|(share, exposure)| share * exposure).collect()
    };
    let treated = share(&contrast.treated);
    let compared = contrast.comparison.as_ref().map_or_else(Vec::new, share);
    let enters = treated.iter().chain(&compared).any(|share| *share > SMALLEST_SHARE);
    enters.then_some(Pillar { treated, compared })
}

/// Every scale of the tilt with every scale of the shift; without a comparison there is one scale only.
fn scales(compared: bool) -> Vec<Scale> {
    if !compared {
        let precision = [EFFECT_PRIOR, LEVEL_PRIOR, LONE_SLOPE_PRIOR].map(|prior| prior.powi(-2));
        return vec![Scale { log_weight: 0.0, precision }];
    }
    let scale = |(tilt, tilt_weight): (f64, f64), (shift, shift_weight): (f64, f64)| Scale {
        log_weight: (tilt_weight * shift_weight).ln(),
        precision: [EFFECT_PRIOR, tilt, shift].map(|prior| prior.powi(-2)),
    };
    TILTS.iter().flat_map(|tilt| SHIFTS.map(|shift| scale(*tilt, shift))).collect()
}
