//! Removes from the weekly scores what customers' earlier responses predict of the next one.
//!
//! People differ, and the same ones respond again: a week in which many satisfied ones happen to respond is not a
//! better week. Each response is compared with what the customer's earlier responses predict, which leaves less
//! variance, and makes weeks independent although the same people respond in them (CUPED: Deng, Xu, Kohavi & Walker
//! 2013, WSDM, 123-132; here sequentially, with the best linear prediction of a random effect: Robinson 1991,
//! Statistical Science 6, 15-32).

use crate::arm::ArmSeries;
use crate::contrast::ArmContrast;
use crate::number;
use crate::responses::{CellResponse, CellResponses};

/// The weight, in pairs of responses, of the prior that responses of one customer are uncorrelated.
const PRIOR_PAIRS: f64 = 100.0;

/// The largest assumed correlation of two responses of one customer.
const LARGEST_CORRELATION: f64 = 0.9;

/// The weeks before the decision from which the usual variation of the predicted scores of an arm is estimated.
const USUAL_WEEKS: usize = 26;

/// Respondents count as different from before when their predicted score moved by this many standard errors ...
const CLEAR_SHIFT: f64 = 4.0;

/// ... and by this many NPS points.
const LARGE_SHIFT: f64 = 2.0;

/// The predictions for an arm's responses, per week.
#[derive(Clone, Debug)]
struct PredictedSeries {
    /// The sum of what the customers' earlier responses predict beyond the arm's level, NPS points.
    excess: Vec<f64>,
    /// The sum of the shares of a response's variance that earlier responses explain.
    explained: Vec<f64>,
}

/// Removes the predictions from the weekly scores of both arms. Returns, per week of the post-period, by how many
/// points the treated arm's respondents were predicted to score above those before the decision, when they are
/// different people; `None` otherwise.
pub(crate) fn adjust(contrast: &mut ArmContrast, responses: &CellResponses) -> Vec<Option<f64>> {
    let post_weeks = contrast.window.weeks() - contrast.window.before();
    let none = || vec![None; post_weeks];
    if responses.as_slice().is_empty() {
        return none();
    }
    let reader = ResidualReader::new(contrast);
    let correlation = reader.correlation(responses);
    if correlation <= 0.0 {
        return none();
    }
    let mut predicted = reader.predict(responses, correlation).into_iter();
    let treated = predicted.next().map(|series| series.take_out_of(&mut contrast.treated));
    let compared = contrast.comparison.as_mut().zip(predicted.next()).map(|(arm, series)| series.take_out_of(arm));
    contrast.subtract();
    let usual = contrast.window.before();
    let excess: Vec<f64> = match (treated, compared) {
        (Some(treated), Some(compared)) => treated.iter().zip(compared).map(|(own, other)| own - other).collect(),
        (Some(treated), None) => treated,
        (None, _) => return none(),
    };
    shifts(&excess, &contrast.usable, usual)
}

/// For each week of the post-period, the shift until then if it is clear and large.
fn shifts(excess: &[f64], usable: &[bool], before: usize) -> Vec<Option<f64>> {
    let weeks =
        |from: usize, to: usize| (from..to).filter(|week| usable[*week]).map(|week| excess[week]).collect::<Vec<f64>>();
    let usual = weeks(before.saturating_sub(USUAL_WEEKS), before);
    let count = number::of_index(usual.len());
    let mean = usual.iter().sum::<f64>() / count.max(1.0);
    let variance = usual.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let shift = |end: usize| {
        let since = weeks(before, end);
        let later = number::of_index(since.len());
        let shift = since.iter().sum::<f64>() / later.max(1.0) - mean;
        let error = (variance * (1.0 / later.max(1.0) + 1.0 / count.max(1.0))).sqrt();
        let enough = usual.len() >= USUAL_WEEKS / 2 && !since.is_empty();
        (enough && shift.abs() > LARGE_SHIFT && shift.abs() > CLEAR_SHIFT * error).then_some(shift)
    };
    (before + 1..=excess.len()).map(shift).collect()
}

impl PredictedSeries {
    fn new(weeks: usize) -> Self {
        Self { excess: vec![0.0; weeks], explained: vec![0.0; weeks] }
    }

    /// Removes the predictions from an arm's level and variance; returns the mean prediction per week.
    fn take_out_of(self, arm: &mut ArmSeries) -> Vec<f64> {
        let mut means = self.excess;
        for (week, mean) in means.iter_mut().enumerate() {
            let responses = arm.responses[week].max(1.0);
            *mean /= responses;
            arm.level[week] -= *mean;
            arm.variance[week] *= 1.0 - (self.explained[week] / responses).min(LARGEST_CORRELATION);
        }
        means
    }
}

/// Reads responses as residuals from the level of their cell and the week of their arm.
struct ResidualReader<'a> {
    arms: Vec<&'a ArmSeries>,
    /// By cell: the arm, and the level of the cell; `None` for cells in neither arm.
    cells: Vec<Option<(usize, f64)>>,
    first: usize,
    before: usize,
    weeks: usize,
}

/// One response as a residual.
#[derive(Clone, Copy)]
struct ResponseResidual {
    arm: usize,
    week: usize,
    residual: f64,
}

impl<'a> ResidualReader<'a> {
    fn new(contrast: &'a ArmContrast) -> Self {
        let arms: Vec<&ArmSeries> =
            [Some(&contrast.treated), contrast.comparison.as_ref()].into_iter().flatten().collect();
        let last = arms.iter().flat_map(|arm| &arm.cells).max();
        let mut cells = vec![None; last.map_or(0, |last| last + 1)];
        for (place, arm) in arms.iter().enumerate() {
            for (cell, level) in arm.cells.iter().zip(&arm.cell_levels) {
                cells[*cell] = Some((place, *level));
            }
        }
        let window = contrast.window;
        Self { arms, cells, first: window.first, before: window.before(), weeks: window.weeks() }
    }

    /// `None` outside the window and the arms.
    fn read(&self, response: &CellResponse) -> Option<ResponseResidual> {
        let week = (response.week as usize).checked_sub(self.first).filter(|week| *week < self.weeks)?;
        let (arm, level) = self.cells.get(response.cell as usize).copied().flatten()?;
        Some(ResponseResidual {
            arm,
            week,
            residual: 100.0 * f64::from(response.net) - level - self.arms[arm].level[week],
        })
    }

    /// The correlation of two responses of one customer, from the weeks before the decision; few pairs are shrunk
    /// towards 0.
    fn correlation(&self, responses: &CellResponses) -> f64 {
        let (mut squares, mut count) = (0.0, 0.0);
        let (mut products, mut pairs) = (0.0, 0.0);
        for customer in responses.by_customer() {
            let (mut sum, mut square, mut response_count) = (0.0, 0.0, 0.0);
            for read in
                customer.iter().filter_map(|response| self.read(response)).filter(|read| read.week < self.before)
            {
                sum += read.residual;
                square += read.residual * read.residual;
                response_count += 1.0;
            }
            // Whether a customer with one response before the decision responds again is not known yet.
            if response_count < 2.0 {
                continue;
            }
            squares += square;
            count += response_count;
            products += sum * sum - square;
            pairs += response_count * (response_count - 1.0);
        }
        if squares <= 0.0 || pairs <= 0.0 {
            return 0.0;
        }
        let found = products / pairs * count / squares;
        // Each pair was counted from both sides.
        let earlier = 0.5 * pairs;
        number::within(found * earlier / (earlier + PRIOR_PAIRS), 0.0, LARGEST_CORRELATION)
    }

    /// The predictions for each arm's weeks. A second response of a customer within a week is not predicted by the
    /// first.
    fn predict(&self, responses: &CellResponses, correlation: f64) -> Vec<PredictedSeries> {
        let mut predicted = vec![PredictedSeries::new(self.weeks); self.arms.len()];
        for customer in responses.by_customer() {
            let (mut sum, mut earlier) = (0.0, 0.0);
            for same_week in customer.chunk_by(|one, next| one.week == next.week) {
                let share = correlation / (1.0 - correlation + earlier * correlation);
                let (excess, explained) = (share * sum, share * earlier * correlation);
                for read in same_week.iter().filter_map(|response| self.read(response)) {
                    predicted[read.arm].excess[read.week] += excess;
                    predicted[read.arm].explained[read.week] += explained;
                    sum += read.residual;
                    earlier += 1.0;
                }
            }
        }
        predicted
    }
}
