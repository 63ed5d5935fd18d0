//! Could a decision ever be judged? Power and the smallest detectable effect, before anything is logged.
//!
//! The information that each weekly look will have follows from the rate of answers and the law of week noise; the
//! chance that one of them crosses its boundary from the same recursion that makes the boundaries.

mod information;
mod power;
mod week_noise;

pub use week_noise::{SHORTEST_SERIES_WEEKS, WeekNoise, WeekScore, week_noise};

use information::information;
use power::Looks;

use crate::number;
use crate::review::{
    LONGEST_HISTORY_WEEKS, SHORTEST_AFTERMATH_WEEKS, SHORTEST_HISTORY_WEEKS, SMALLEST_AFTERMATH_RESPONSES,
};

/// The chance of a claim at which an effect counts as detectable.
pub const POWER: f64 = 0.8;

/// Waits longer than ten years are not worth a date.
const LONGEST_WAIT_WEEKS: usize = 520;

/// One side of a contrast, by what its history says of the weeks to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Answers a week.
    pub answers_per_week: f64,
    /// The variance of one answer in squared NPS points: 10,000 times [`crate::nps::Counts::variance_of_one`].
    pub variance_of_one: f64,
}

/// A decision that somebody thinks of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Whom it will touch.
    pub treated: Rate,
    /// Everybody else; `None` when it touches everybody.
    pub comparison: Option<Rate>,
    /// The noise of weeks beyond sampling.
    pub noise: WeekNoise,
    /// Weeks with answers before it takes effect; reviews use at most [`LONGEST_HISTORY_WEEKS`].
    pub history_weeks: usize,
    /// Weekly looks.
    pub horizon_weeks: usize,
    /// The expected impact, NPS points.
    pub impact: f64,
}

/// What could be seen of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The effect that some look within the horizon would claim with a chance of 80 %, NPS points.
    pub smallest_effect: f64,
    /// The chance that some look within the horizon claims an effect as large as expected, 0 to 1; `None` when no
    /// effect is expected.
    pub power: Option<f64>,
    /// After how many weeks that chance reaches 80 %, beyond the horizon if need be; `None` when no effect is expected
    /// and when it would take more than ten years.
    pub weeks_to_decide: Option<usize>,
}

/// What could be seen of a plan; `None` when no look within its horizon would have an estimate, for want of history,
/// of weeks with the decision in effect, or of answers.
pub fn outlook(plan: &Plan) -> Option<Outlook> {
    let horizon = plan.horizon_weeks.min(LONGEST_WAIT_WEEKS);
    let looks = Looks::plan(&information(plan, horizon)?, |week| can_estimate(plan, week))?;
    let smallest_effect = looks.smallest_effect(POWER);
    let impact = Some(plan.impact.abs()).filter(|impact| impact.is_finite() && *impact > 0.0);
    let weeks_to_decide = impact.and_then(|impact| match looks.week_of(impact, POWER) {
        Some(week) => Some(week),
        None => beyond(plan, impact, horizon, &looks),
    });
    Some(Outlook { smallest_effect, power: impact.map(|impact| looks.power(impact)), weeks_to_decide })
}

/// The first week beyond the horizon whose information equals what the horizon's last look would have needed: a rough
/// date, because reviews past the horizon are made on request and by another boundary.
fn beyond(plan: &Plan, impact: f64, horizon: usize, looks: &Looks) -> Option<usize> {
    let needed = looks.last_information() * (looks.smallest_effect(POWER) / impact).powi(2);
    let information = information(plan, LONGEST_WAIT_WEEKS)?;
    let later = information.iter().enumerate().skip(horizon);
    later.map(|(index, found)| (index + 1, *found)).find(|(_, found)| *found >= needed).map(|(week, _)| week)
}

/// Whether a review after `week` weeks would have an estimate.
fn can_estimate(plan: &Plan, week: usize) -> bool {
    let weeks = number::of_index(week);
    let answers = weeks * plan.treated.answers_per_week;
    weeks >= SHORTEST_AFTERMATH_WEEKS && answers >= number::of_count(SMALLEST_AFTERMATH_RESPONSES)
}

impl Plan {
    /// The weeks of history that a review would use; `None` when they are too few.
    fn history(&self) -> Option<usize> {
        (self.history_weeks >= SHORTEST_HISTORY_WEEKS).then(|| self.history_weeks.min(LONGEST_HISTORY_WEEKS))
    }

    /// The sampling variance of one week's contrast, squared NPS points; `None` when an arm has no answers.
    fn sampling_variance(&self) -> Option<f64> {
        let of = |rate: Rate| rate.variance_of_one / rate.answers_per_week;
        let variance = of(self.treated) + self.comparison.map_or(0.0, of);
        (variance.is_finite() && variance > 0.0).then_some(variance)
    }
}

#[cfg(test)]
mod tests;
