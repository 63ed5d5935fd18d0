//! Compares the filter, the elimination and the integration over scales with plain linear algebra on the whole
//! covariance.

use super::*;
use crate::cells::CellWeeks;
use crate::nps::NpsCounts;
use crate::window::LookWindow;

const WEEKS: usize = 26;
const START: usize = 18;

fn company() -> CellWeeks {
    let mut data = CellWeeks::new(4, WEEKS);
    for cell in 0..4_u64 {
        for week in 0..u64::try_from(WEEKS).expect("few") {
            let responses = 20 + (7 * cell + 13 * week + cell * week) % 17;
            let promoters = responses * (40 + (5 * cell + 3 * week) % 23) / 100;
            let detractors = responses * (12 + (3 * cell + 5 * week) % 13) / 100;
            let counts = NpsCounts { promoters, detractors, passives: responses - promoters - detractors };
            data.add(usize::try_from(cell).expect("few"), usize::try_from(week).expect("few"), counts);
        }
    }
    data
}

fn rows(target: [bool; 4]) -> (ArmContrast, RegressionRows) {
    let data = company();
    let decision = DecisionColumn { target: target.to_vec(), starts: 18.0, ends: None };
    let window = LookWindow::new(&data, WEEKS, &decision);
    let Some(contrast) = ArmContrast::new(&data, window, &decision) else { panic!("no responses") };
    let other = DecisionColumn { target: vec![true, false, true, false], starts: 9.0, ends: None };
    let rows = RegressionRows::new(&contrast, &decision, &[(0, &other)]);
    (contrast, rows)
}

/// The covariance of the scores of all rows under a pair of noise models, including the priors of all coefficients.
fn covariance_of_scores(
    rows: &RegressionRows,
    pair: &noise::NoiseModelPair,
    scale: &PriorScale,
    effect_too: bool,
) -> Vec<f64> {
    let count = WEEKS * rows.arms;
    let series = |model: &noise::NoiseModel| {
        let mut variances = vec![model.first_variance];
        for week in 1..WEEKS {
            variances.push(model.persistence.powi(2) * variances[week - 1] + model.innovation_variance);
        }
        let persistence = model.persistence;
        move |one: usize, other: usize| {
            let apart = i32::try_from(one.abs_diff(other)).expect("few weeks");
            variances[one.min(other)] * pair_power(persistence, apart)
        }
    };
    let (own, common) = (series(&pair.own), series(&pair.common));
    let precision: Vec<f64> = scale.precision.iter().chain(&rows.precision).copied().collect();
    let mut covariance = vec![0.0; count * count];
    for one in 0..count {
        for other in 0..count {
            let (week, later) = (one / rows.arms, other / rows.arms);
            let mut value = common(week, later);
            if one % rows.arms == 0 && other % rows.arms == 0 {
                value += own(week, later);
            }
            if one == other {
                value += rows.sampling[one];
            }
            for (column, precision) in precision.iter().enumerate().skip(usize::from(!effect_too)) {
                let at = |row: usize| rows.values[row * rows.width + column + 1];
                value += at(one) * at(other) / precision;
            }
            covariance[one * count + other] = value;
        }
    }
    covariance
}

fn pair_power(persistence: f64, apart: i32) -> f64 {
    if apart == 0 { 1.0 } else { persistence.powi(apart) }
}

/// The log density of the scores, and the effect's mean and variance, from whole matrices.
fn dense(rows: &RegressionRows, pair: &noise::NoiseModelPair, scale: &PriorScale) -> (f64, f64, f64) {
    let count = WEEKS * rows.arms;
    let scores: Vec<f64> = (0..count).map(|row| rows.values[row * rows.width]).collect();
    let effect: Vec<f64> = (0..count).map(|row| rows.values[row * rows.width + 1]).collect();
    let quadratic = |inverse: &[f64], left: &[f64], right: &[f64]| -> f64 {
        (0..count * count).map(|at| left[at / count] * inverse[at] * right[at % count]).sum()
    };
    let Some(all) = matrix::invert(&covariance_of_scores(rows, pair, scale, true), count) else { panic!("singular") };
    let density = -0.5 * (all.ln_determinant + quadratic(&all.values, &scores, &scores));
    let Some(rest) = matrix::invert(&covariance_of_scores(rows, pair, scale, false), count) else { panic!("singular") };
    let variance = 1.0 / (quadratic(&rest.values, &effect, &effect) + scale.precision[0]);
    (density, variance * quadratic(&rest.values, &effect, &scores), variance)
}

#[test]
fn every_noise_model_and_scale_agrees_with_plain_linear_algebra() {
    for target in [[true, true, false, false], [true; 4]] {
        let (contrast, rows) = rows(target);
        let pairs = noise::model_pairs(contrast.comparison.is_some());
        let mut offset = None;
        for pair in pairs.iter().step_by(13) {
            let mut filter = KalmanFilter::new(*pair, rows.width);
            filter.advance(&rows, WEEKS);
            for (scale, found) in components(&rows, &filter, 0.0, 0..rows.scales.len()) {
                let (density, mean, variance) = dense(&rows, pair, &rows.scales[scale]);
                // The priors of the columns that are not scaled are omitted from the evidence: a constant.
                let weight = found.weight - rows.scales[scale].log_weight;
                let expected = *offset.get_or_insert(weight - density);
                assert!((weight - density - expected).abs() < 1e-7, "{weight} - {density} is not {expected}");
                assert!((found.mean - mean).abs() < 1e-7 && (found.deviation.powi(2) / variance - 1.0).abs() < 1e-8);
            }
        }
    }
}

#[test]
fn noise_models_that_history_contradicts_hardly_matter() {
    let (contrast, _) = rows([true, true, false, false]);
    let decision = DecisionColumn { target: vec![true, true, false, false], starts: 18.0, ends: None };
    let rows = RegressionRows::new(&contrast, &decision, &[]);
    let kept = look(&rows, &mut candidates(&rows, &LearnedPrior::default(), START, SMALLEST_LIKELIHOOD), WEEKS);
    let every = |pair: noise::NoiseModelPair| CandidateModel {
        filter: KalmanFilter::new(pair, rows.width),
        log_prior: pair.log_prior,
        scales: (0..rows.scales.len()).collect(),
        weights: Vec::new(),
    };
    let mut all: Vec<CandidateModel> = noise::model_pairs(true).into_iter().map(every).collect();
    let everything = look(&rows, &mut all, WEEKS);
    let mean = |effect: &[NormalComponent]| effect.iter().map(|one| one.weight * one.mean).sum::<f64>();
    assert!((mean(&kept.effect) - mean(&everything.effect)).abs() < 1e-4);
}
