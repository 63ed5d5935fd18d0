//! Could a decision ever be judged? Power and the smallest detectable effect, before it is logged.
//!
//! The information of each weekly look follows from the weeks so far; the probability that one of them crosses its
//! boundary from the same recursion as the boundaries.

mod information;
mod power;

use information::PlannedInformation;
use power::PlannedLooks;

use crate::cells::CellWeeks;
use crate::decision::DecisionColumn;
use crate::responses::CellResponses;

/// The probability of a claim at which an effect counts as detectable.
pub const POWER: f64 = 0.8;

/// More looks than this are thinned out.
const MOST_LOOKS: usize = 24;

/// Waiting times beyond ten years are not reported.
const LONGEST_WAIT_WEEKS: usize = 520;

/// A decision that is being considered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedDecision<'a> {
    /// The weekly counts of the whole weeks so far.
    pub data: &'a CellWeeks,
    /// The responses of recognised customers in them; empty when no customer can be recognised.
    pub responses: &'a CellResponses,
    /// Its target and its dates, usually after the last of these weeks.
    pub decision: &'a DecisionColumn,
    /// The number of weekly looks.
    pub horizon_weeks: usize,
    /// The expected impact, NPS points.
    pub impact: f64,
}

/// How well the effect of a planned decision could be detected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerAnalysis {
    /// The effect that some look within the horizon would claim with a probability of 80 %, NPS points.
    pub smallest_effect: f64,
    /// The probability that some look within the horizon claims an effect as large as expected, 0 to 1; `None` when no
    /// effect is expected.
    pub power: Option<f64>,
    /// After how many weeks that probability reaches 80 %, if necessary beyond the horizon; `None` when no effect is
    /// expected and when it would take more than ten years.
    pub weeks_to_decide: Option<usize>,
}

/// The detectability of a plan; `None` when no look within its horizon would have an estimate, for lack of history, of
/// weeks with the decision in effect, or of responses.
pub fn power_analysis(plan: &PlannedDecision<'_>) -> Option<PowerAnalysis> {
    let horizon = plan.horizon_weeks.min(LONGEST_WAIT_WEEKS);
    let prospect = PlannedInformation::of(plan, &weeks_of_looks(0, horizon))?;
    let looks = PlannedLooks::plan(&prospect.information, |week| prospect.allows_estimate(week))?;
    let smallest_effect = looks.smallest_effect(POWER);
    let impact = Some(plan.impact.abs()).filter(|impact| impact.is_finite() && *impact > 0.0);
    let weeks_to_decide = impact.and_then(|impact| match looks.week_of(impact, POWER) {
        Some(week) => Some(week),
        None => beyond(plan, impact, horizon, &looks),
    });
    Some(PowerAnalysis { smallest_effect, power: impact.map(|impact| looks.power(impact)), weeks_to_decide })
}

/// The first week beyond the horizon whose information equals what the horizon's last look would have needed: an
/// approximate date, because reviews past the horizon use another boundary.
fn beyond(plan: &PlannedDecision<'_>, impact: f64, horizon: usize, looks: &PlannedLooks) -> Option<usize> {
    let needed = looks.last_information() * (looks.smallest_effect(POWER) / impact).powi(2);
    let prospect = PlannedInformation::of(plan, &weeks_of_looks(horizon, LONGEST_WAIT_WEEKS))?;
    prospect.information.into_iter().find(|(_, found)| *found >= needed).map(|(week, _)| week)
}

/// The weeks after `from` up to `until` with a look: evenly thinned out when there are many, since further looks hardly
/// change the last boundary or the power.
fn weeks_of_looks(from: usize, until: usize) -> Vec<usize> {
    let step = until.saturating_sub(from).div_ceil(MOST_LOOKS).max(1);
    (from + 1..=until).filter(|week| (until - week).is_multiple_of(step)).collect()
}

#[cfg(test)]
mod tests;
