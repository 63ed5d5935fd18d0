//! How much each weekly look will know of the effect: what a review would, were its weeks already there.

use super::PlannedDecision;
use crate::contrast::ArmContrast;
use crate::joint;
use crate::limit::{
    LONGEST_HISTORY_WEEKS, SHORTEST_AFTERMATH_WEEKS, SHORTEST_HISTORY_WEEKS, SMALLEST_AFTERMATH_RESPONSES,
};
use crate::number;
use crate::respondent;
use crate::window::LookWindow;

/// The rate of answers to come is that of the newest half year: older ones were asked differently.
const RATE_WEEKS: usize = 26;

/// What looks will know.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlannedInformation {
    /// The week after which each look is taken, and one over the variance of its effect, per squared NPS point.
    pub information: Vec<(usize, f64)>,
    /// How many answers a week the target will give.
    responses_per_week: f64,
}

impl PlannedInformation {
    /// The prospect of a plan at looks after these weeks, in growing order; `None` when history is too short, or an arm has no answers.
    ///
    /// The regression of a review, its laws of noise weighed by the weeks so far, goes on into weeks that are yet to come,
    /// each with the answers and the sampling error that are usual now, less what returning customers usually explain. The
    /// variance of an effect depends on what was asked when, not on the answers.
    pub(super) fn of(plan: &PlannedDecision<'_>, looks: &[usize]) -> Option<Self> {
        let weeks = *looks.last()?;
        let start = number::week_of(plan.decision.starts, usize::MAX);
        let known = start.min(plan.data.weeks());
        let first = known.saturating_sub(LONGEST_HISTORY_WEEKS);
        let window = LookWindow { first, start: known, end: known };
        let mut history = ArmContrast::new(plan.data, window, plan.decision)?;
        respondent::adjust(&mut history, plan.responses);
        let usable = history.usable.iter().filter(|usable| **usable).count();
        // Weeks to come count as well.
        if usable < 2 || usable + (start - known) < SHORTEST_HISTORY_WEEKS {
            return None;
        }
        let contrast = history.prolonged(start, weeks, RATE_WEEKS)?;
        let answers_per_week = *contrast.treated.responses.last()?;
        let cuts: Vec<usize> = looks.iter().map(|week| start - first + week).collect();
        let variances = joint::variances_to_come(&contrast, plan.decision, known - first, &cuts);
        let information: Vec<(usize, f64)> =
            looks.iter().copied().zip(variances.into_iter().map(|variance| 1.0 / variance)).collect();
        let sound = information.iter().all(|(_, information)| information.is_finite() && *information > 0.0);
        sound.then_some(Self { information, responses_per_week: answers_per_week })
    }

    /// Whether a review after `week` weeks would have an estimate.
    pub(super) fn allows_estimate(&self, week: usize) -> bool {
        let weeks = number::of_index(week);
        let responses = weeks * self.responses_per_week;
        weeks >= SHORTEST_AFTERMATH_WEEKS && responses >= number::of_count(SMALLEST_AFTERMATH_RESPONSES)
    }
}
