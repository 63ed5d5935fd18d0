//! The regression that explains a contrast: its columns and the priors of their coefficients.
//!
//! `contrast = effect x exposure + level + slope + season + other decisions`, weak normal priors on all of them
//! (`docs/statistics.md`, "The model"). Solving it is left to [`crate::regression`].

use std::f64::consts::TAU;

use crate::contrast::ArmContrast;
use crate::decision::DecisionColumn;
use crate::number;

/// The column of the effect under review: always the first.
pub(crate) const EFFECT: usize = 0;

/// The column of the slope.
pub(crate) const SLOPE: usize = 2;

/// Prior standard deviation of the effect under review, NPS points.
pub(crate) const EFFECT_PRIOR: f64 = 50.0;

/// Prior standard deviation of another decision's effect, NPS points.
pub(crate) const OTHER_PRIOR: f64 = 8.0;

/// Prior standard deviation of the level, NPS points.
pub(crate) const LEVEL_PRIOR: f64 = 100.0;

/// Prior standard deviation of the slope with and without a comparison, NPS points in ten weeks.
const SLOPE_PRIOR: (f64, f64) = (0.4, 1.5);

/// Prior standard deviations of the slope of treated minus comparison, NPS points in ten weeks, and their weights.
pub(crate) const TILTS: [(f64, f64); 3] = [(0.1, 0.4), (0.4, 0.4), (1.2, 0.2)];

/// Waves per year and the prior standard deviation of their sine and cosine, NPS points.
pub(crate) const SEASONS: [(f64, f64); 2] = [(1.0, 4.0), (2.0, 2.0)];

/// Weeks in a year.
pub(crate) const YEAR_WEEKS: f64 = 52.18;

/// Another decision enters when its share of one arm ever exceeds its share of the other by this much.
pub(crate) const SMALLEST_SHARE: f64 = 0.02;

/// The regression problem over the weeks of the window.
#[derive(Clone, Debug)]
pub(crate) struct RegressionDesign {
    /// How many columns explain the contrast.
    pub columns: usize,
    /// Row-major by week: the columns, then the contrast itself.
    pub rows: Vec<f64>,
    /// One over the prior variance of each coefficient.
    pub prior_precision: Vec<f64>,
    /// Sampling variance of the contrast, by week.
    pub sampling: Vec<f64>,
    /// Whether a week has a contrast.
    pub usable: Vec<bool>,
}

impl RegressionDesign {
    /// The regression for `decision` among `others`.
    pub(crate) fn new(contrast: &ArmContrast, decision: &DecisionColumn, others: &[(usize, &DecisionColumn)]) -> Self {
        let weeks: Vec<usize> = (contrast.window.first..contrast.window.end).collect();
        let slope = |week: &usize| (number::of_index(*week) - decision.starts) / 10.0;
        let (with, without) = SLOPE_PRIOR;
        let compared = contrast.comparison.is_some();
        let mut columns = vec![
            (weeks.iter().map(|week| decision.exposure(*week)).collect::<Vec<f64>>(), EFFECT_PRIOR),
            (vec![1.0; weeks.len()], LEVEL_PRIOR),
            (weeks.iter().map(slope).collect(), if compared { with } else { without }),
        ];
        if !compared {
            for (waves, prior) in SEASONS {
                let angle = |week: &usize| TAU * waves * number::of_index(*week) / YEAR_WEEKS;
                columns.push((weeks.iter().map(|week| angle(week).sin()).collect(), prior));
                columns.push((weeks.iter().map(|week| angle(week).cos()).collect(), prior));
            }
        }
        for (_, other) in others {
            let mut column = touched(contrast, other, &weeks);
            // A later week must not decide whether an earlier, smaller share enters.
            if let Some(enters) = column.iter().position(|touched| touched.abs() > SMALLEST_SHARE) {
                column[..enters].fill(0.0);
                columns.push((column, OTHER_PRIOR));
            }
        }
        let row = |week: usize| {
            columns.iter().map(move |(column, _)| column[week]).chain(std::iter::once(contrast.level[week]))
        };
        Self {
            columns: columns.len(),
            rows: (0..weeks.len()).flat_map(row).collect(),
            prior_precision: columns.iter().map(|(_, prior)| prior.powi(-2)).collect(),
            sampling: contrast.variance.clone(),
            usable: contrast.usable.clone(),
        }
    }

    /// The same with one more column, with one value per week, whose coefficient has this prior standard deviation.
    pub(crate) fn with_column(self, values: &[f64], prior: f64) -> Self {
        let width = self.columns + 1;
        let mut rows = Vec::with_capacity(self.rows.len() + values.len());
        for (row, value) in self.rows.chunks(width).zip(values) {
            rows.extend(&row[..self.columns]);
            rows.push(*value);
            rows.push(row[self.columns]);
        }
        let mut prior_precision = self.prior_precision;
        prior_precision.push(prior.powi(-2));
        Self { columns: width, rows, prior_precision, ..self }
    }

    /// The columns of a week, then its contrast.
    pub(crate) fn row(&self, week: usize) -> &[f64] {
        let width = self.columns + 1;
        &self.rows[week * width..(week + 1) * width]
    }

    /// The number of weeks.
    pub(crate) fn weeks(&self) -> usize {
        self.usable.len()
    }
}

/// Per week, how much larger the share of the treated arm is than the share of the comparison that another decision in
/// effect targets.
fn touched(contrast: &ArmContrast, other: &DecisionColumn, weeks: &[usize]) -> Vec<f64> {
    let mut share = contrast.treated.share_targeted(other);
    if let Some(comparison) = &contrast.comparison {
        let elsewhere = comparison.share_targeted(other);
        share.iter_mut().zip(elsewhere).for_each(|(share, elsewhere)| *share -= elsewhere);
    }
    share.iter_mut().zip(weeks).for_each(|(share, week)| *share *= other.exposure(*week));
    share
}
