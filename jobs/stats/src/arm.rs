//! One arm of a comparison: its weekly score, adjusted for the mix of respondents.
//!
//! The level of each cell is estimated before the decision and subtracted in every week, so that a shift in who
//! responds does not look like an effect. Comparing two arms is left to [`crate::contrast`].

use std::ops::Range;

use crate::cells::CellWeeks;
use crate::decision::DecisionColumn;
use crate::matrix;
use crate::nps::NpsCounts;
use crate::number;
use crate::window::LookWindow;

/// The maximum number of rounds of alternating between week levels and cell levels.
const ROUNDS: u32 = 20;

/// Cell levels that change by less than this in a round have converged, NPS points.
const CONVERGED: f64 = 1e-9;

/// The weekly series of some cells over a window. All lists have one entry per week of the window, unless stated
/// otherwise.
#[derive(Clone, Debug)]
pub(crate) struct ArmSeries {
    /// The positions of the cells that belong to the arm.
    pub cells: Vec<usize>,
    /// Composition-adjusted score in NPS points; 0 in weeks without responses.
    pub level: Vec<f64>,
    /// Sampling variance of the level, squared NPS points.
    pub variance: Vec<f64>,
    /// The number of responses.
    pub responses: Vec<f64>,
    /// The promoters, passives and detractors.
    pub counts: Vec<NpsCounts>,
    /// The number of responses per cell: row-major, one row of weeks per cell.
    by_cell: Vec<f64>,
    /// How far the level of each cell is above the arm's, NPS points.
    pub cell_levels: Vec<f64>,
}

impl ArmSeries {
    /// Adjusts the weekly scores of `cells` over `window`. The variance of a single response of a cell is taken from
    /// the weeks before the decision only, so that later weeks never change the values of a week. With `adjusts`, the
    /// levels of the cells are removed.
    pub(crate) fn new(data: &CellWeeks, cells: Vec<usize>, window: &LookWindow, adjusts: bool) -> Self {
        let weeks = window.weeks();
        let (mut response_counts, mut total) = (vec![0.0; weeks], vec![NpsCounts::default(); weeks]);
        let (mut by_cell, mut net) = (Vec::with_capacity(cells.len() * weeks), Vec::with_capacity(cells.len() * weeks));
        for cell in &cells {
            for (week, counts) in data.row(*cell)[window.first..window.end].iter().enumerate() {
                let responses = number::of_count(counts.responses());
                response_counts[week] += responses;
                total[week] += *counts;
                by_cell.push(responses);
                net.push(100.0 * (number::of_count(counts.promoters) - number::of_count(counts.detractors)));
            }
        }
        let levels = if adjusts { cell_levels(&by_cell, &net, weeks, window.before()) } else { vec![0.0; cells.len()] };
        let mut level = vec![0.0; weeks];
        for ((responses, net), cell_level) in by_cell.chunks(weeks.max(1)).zip(net.chunks(weeks.max(1))).zip(&levels) {
            for week in 0..weeks {
                level[week] += (net[week] - responses[week] * cell_level) / response_counts[week].max(1.0);
            }
        }
        let history = window.first..window.start;
        let one: Vec<f64> = cells.iter().map(|cell| variance_of_one(data, *cell, history.clone())).collect();
        let variance = variances(&by_cell, &response_counts, &one, window.before());
        Self { cells, level, variance, responses: response_counts, counts: total, by_cell, cell_levels: levels }
    }

    /// Appends future weeks with as many responses and as much variance as the `usual` newest weeks have on average;
    /// their level is unknown, and their cells are not distinguished. `None` when those weeks have no responses.
    pub(crate) fn prolong(&mut self, weeks: usize, usual: usize) -> Option<()> {
        let recent = self.responses.len().saturating_sub(usual)..;
        let response_counts = &self.responses[recent.clone()];
        let total: f64 = response_counts.iter().sum();
        let per_week = total / number::of_index(response_counts.len());
        // The variance of one response, averaged over the weeks with their responses as weights.
        let one = response_counts.iter().zip(&self.variance[recent]).map(|(count, variance)| count * count * variance);
        let variance = one.sum::<f64>() / total / per_week;
        let length = self.responses.len() + weeks;
        self.level.resize(length, 0.0);
        self.counts.resize(length, NpsCounts::default());
        self.responses.resize(length, per_week);
        self.variance.resize(length, variance);
        self.by_cell.clear();
        self.cells.clear();
        (variance > 0.0 && variance.is_finite()).then_some(())
    }

    /// Per week, the share of the arm's responses from cells that `column` targets.
    pub(crate) fn share_targeted(&self, column: &DecisionColumn) -> Vec<f64> {
        let weeks = self.responses.len();
        let mut share = vec![0.0; weeks];
        for (cell, responses) in self.cells.iter().zip(self.by_cell.chunks(weeks.max(1))) {
            if column.targets(*cell) {
                for week in 0..weeks {
                    share[week] += responses[week] / self.responses[week].max(1.0);
                }
            }
        }
        share
    }
}

/// The variance of one response of a cell in squared NPS points, with Rocks' three pseudo-responses (2016), so that a
/// cell of only promoters has a variance too.
fn variance_of_one(data: &CellWeeks, cell: usize, weeks: Range<usize>) -> f64 {
    let counts = data.total(&[cell], weeks);
    let responses = number::of_count(counts.responses()) + 3.0;
    let promoting = (number::of_count(counts.promoters) + 0.75) / responses;
    let detracting = (number::of_count(counts.detractors) + 0.75) / responses;
    1e4 * (promoting + detracting - (promoting - detracting).powi(2))
}

/// The level of each cell relative to the arm's: cell effects of the two-way weighted regression on cells and weeks,
/// from the first `before` weeks only, with an average of 0 over the responses of those weeks.
fn cell_levels(by_cell: &[f64], net: &[f64], weeks: usize, before: usize) -> Vec<f64> {
    let rows = || by_cell.chunks(weeks.max(1)).map(|row| &row[..before]);
    let sum_by_week = |table: &[f64]| {
        table.chunks(weeks.max(1)).fold(vec![0.0; before], |mut sums, row| {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            sums
        })
    };
    let (week_responses, week_net) = (sum_by_week(by_cell), sum_by_week(net));
    let cell_responses: Vec<f64> = rows().map(|row| row.iter().sum()).collect();
    let cell_net: Vec<f64> = net.chunks(weeks.max(1)).map(|row| row[..before].iter().sum()).collect();
    let mut levels = vec![0.0; cell_responses.len()];
    for _ in 0..ROUNDS {
        let mut week_levels = week_net.clone();
        for (row, level) in rows().zip(&levels) {
            week_levels.iter_mut().zip(row).for_each(|(week, response_counts)| *week -= response_counts * level);
        }
        week_levels.iter_mut().zip(&week_responses).for_each(|(level, count)| *level /= count.max(1.0));
        let mut largest_change = 0.0_f64;
        for (cell, row) in rows().enumerate() {
            let explained = matrix::dot(row, &week_levels);
            let level = (cell_net[cell] - explained) / cell_responses[cell].max(1.0);
            largest_change = largest_change.max((level - levels[cell]).abs());
            levels[cell] = level;
        }
        if largest_change < CONVERGED {
            break;
        }
    }
    let total: f64 = cell_responses.iter().sum();
    let mean = levels.iter().zip(&cell_responses).map(|(level, count)| level * count).sum::<f64>() / total.max(1.0);
    levels.iter().map(|level| level - mean).collect()
}

/// The sampling variance of the adjusted level per week: that of the responses, and that of the cell levels insofar as
/// the mix of the week differs from the mix on which they were estimated.
fn variances(by_cell: &[f64], response_counts: &[f64], one: &[f64], before: usize) -> Vec<f64> {
    let weeks = response_counts.len();
    let total: f64 = response_counts[..before].iter().sum();
    let mut variance = vec![0.0; weeks];
    for (responses, one) in by_cell.chunks(weeks.max(1)).zip(one) {
        let history: f64 = responses[..before].iter().sum();
        let usual_share = history / total.max(1.0);
        let level_variance = one / history.max(1.0);
        for week in 0..weeks {
            let week_total = response_counts[week].max(1.0);
            let shift = responses[week] / week_total - usual_share;
            variance[week] += responses[week] * one / (week_total * week_total) + shift * shift * level_variance;
        }
    }
    variance
}
