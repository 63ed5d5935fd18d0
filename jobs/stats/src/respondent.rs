//! What a customer's earlier answers say of the next one, taken out of the weekly scores.
//!
//! People differ, and the same ones answer again: a week in which many happy ones happen to answer is no better week. Each
//! answer is compared with what the customer's earlier answers foretell, which leaves less variance, and weeks that are
//! independent although the same people answer in them (CUPED: Deng, Xu, Kohavi & Walker 2013, WSDM, 123-132; here
//! sequentially, with the best linear prediction of a random effect: Robinson 1991, Statistical Science 6, 15-32).

use crate::arm::ArmSeries;
use crate::contrast::ArmContrast;
use crate::number;
use crate::responses::{CellResponse, CellResponses};

/// As many pairs of answers weigh as much as the belief that answers of one customer have nothing in common.
const PRIOR_PAIRS: f64 = 100.0;

/// No two answers of one customer agree more than this.
const LARGEST_CORRELATION: f64 = 0.9;

/// Weeks before the decision that tell how much the foretold scores of an arm's respondents vary.
const USUAL_WEEKS: usize = 26;

/// Respondents are other ones than before when what was foretold of them moved by so many standard errors ...
const CLEAR_SHIFT: f64 = 4.0;

/// ... and by so many NPS points.
const LARGE_SHIFT: f64 = 2.0;

/// What was foretold of an arm's answers, week by week.
#[derive(Clone, Debug)]
struct PredictedSeries {
    /// The sum of what the customers' earlier answers foretell beyond the arm's level, NPS points.
    excess: Vec<f64>,
    /// The sum of the shares of an answer's variance that earlier answers explain.
    explained: Vec<f64>,
}

/// Takes what was foretold out of both arms' weekly scores. Tells by how many points the treated arm's respondents were
/// foretold to be happier than before the decision, per week of the aftermath, when they are other people.
pub(crate) fn adjust(contrast: &mut ArmContrast, responses: &CellResponses) -> Vec<Option<f64>> {
    let aftermath = contrast.window.weeks() - contrast.window.before();
    let none = || vec![None; aftermath];
    if responses.as_slice().is_empty() {
        return none();
    }
    let reader = ResidualReader::new(contrast);
    let correlation = reader.correlation(responses);
    if correlation <= 0.0 {
        return none();
    }
    let mut predicted = reader.predict(responses, correlation).into_iter();
    let treated = predicted.next().map(|foretold| foretold.take_out_of(&mut contrast.treated));
    let compared = contrast.comparison.as_mut().zip(predicted.next()).map(|(arm, foretold)| foretold.take_out_of(arm));
    contrast.subtract();
    let usual = contrast.window.before();
    let excess: Vec<f64> = match (treated, compared) {
        (Some(treated), Some(compared)) => treated.iter().zip(compared).map(|(own, other)| own - other).collect(),
        (Some(treated), None) => treated,
        (None, _) => return none(),
    };
    shifts(&excess, &contrast.usable, usual)
}

/// For each week of the aftermath, the shift until then if it is a clear and large one.
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

    /// Takes it out of an arm's level and variance; what was foretold of the average answer, by week.
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

/// Reads answers as what they are beyond their cell's level and their arm's week.
struct ResidualReader<'a> {
    arms: Vec<&'a ArmSeries>,
    /// By cell: the arm, and the cell's own level.
    cells: Vec<Option<(usize, f64)>>,
    first: usize,
    before: usize,
    weeks: usize,
}

/// One answer as it is read.
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

    /// The correlation of two answers of one customer, from the weeks before the decision; a few pairs count for little.
    fn correlation(&self, responses: &CellResponses) -> f64 {
        let (mut squares, mut count) = (0.0, 0.0);
        let (mut products, mut pairs) = (0.0, 0.0);
        for customer in responses.by_customer() {
            let (mut sum, mut square, mut answered) = (0.0, 0.0, 0.0);
            for read in
                customer.iter().filter_map(|response| self.read(response)).filter(|read| read.week < self.before)
            {
                sum += read.residual;
                square += read.residual * read.residual;
                answered += 1.0;
            }
            // Whether somebody with one answer before the decision answers again is not known yet.
            if answered < 2.0 {
                continue;
            }
            squares += square;
            count += answered;
            products += sum * sum - square;
            pairs += answered * (answered - 1.0);
        }
        if squares <= 0.0 || pairs <= 0.0 {
            return 0.0;
        }
        let found = products / pairs * count / squares;
        // Each pair was counted from both sides.
        let earlier = 0.5 * pairs;
        number::within(found * earlier / (earlier + PRIOR_PAIRS), 0.0, LARGEST_CORRELATION)
    }

    /// What is foretold of each arm's weeks. A customer who answers twice in a week foretells nothing within it.
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
