//! How much information on the effect each weekly look will have: what a review would have if its weeks were already
//! there.

use super::PlannedDecision;
use crate::contrast::ArmContrast;
use crate::joint;
use crate::limit::{
    LONGEST_HISTORY_WEEKS, SHORTEST_HISTORY_WEEKS, SHORTEST_POST_PERIOD_WEEKS, SMALLEST_POST_PERIOD_RESPONSES,
};
use crate::number;
use crate::respondent;
use crate::window::LookWindow;

/// The rate of future responses is that of the newest half year: older surveys may have been sent at another rate.
const RATE_WEEKS: usize = 26;

/// The information at future looks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlannedInformation {
    /// The week after which each look is taken, and one over the variance of its effect, per squared NPS point.
    pub information: Vec<(usize, f64)>,
    /// How many responses a week the target is expected to give.
    responses_per_week: f64,
}

impl PlannedInformation {
    /// The information at looks after these weeks, in ascending order; `None` when history is too short, or an arm has
    /// no responses.
    ///
    /// The regression of a review, its noise models weighted by the weeks so far, is extended into future weeks, each
    /// with the usual responses and sampling error, less what returning customers usually explain. The variance of an
    /// effect depends on the number and time of responses, not on their scores.
    pub(super) fn of(plan: &PlannedDecision<'_>, looks: &[usize]) -> Option<Self> {
        let weeks = *looks.last()?;
        let start = number::week_of(plan.decision.starts, usize::MAX);
        let known_weeks = start.min(plan.data.weeks());
        let first = known_weeks.saturating_sub(LONGEST_HISTORY_WEEKS);
        let window = LookWindow { first, start: known_weeks, end: known_weeks };
        let mut history = ArmContrast::new(plan.data, window, plan.decision)?;
        respondent::adjust(&mut history, plan.responses);
        let usable = history.usable.iter().filter(|usable| **usable).count();
        // Future weeks count as well.
        if usable < 2 || usable + (start - known_weeks) < SHORTEST_HISTORY_WEEKS {
            return None;
        }
        let contrast = history.prolonged(start, weeks, RATE_WEEKS)?;
        let answers_per_week = *contrast.treated.responses.last()?;
        let cuts: Vec<usize> = looks.iter().map(|week| start - first + week).collect();
        let variances = joint::variances_to_come(&contrast, plan.decision, known_weeks - first, &cuts);
        let information: Vec<(usize, f64)> =
            looks.iter().copied().zip(variances.into_iter().map(|variance| 1.0 / variance)).collect();
        let sound = information.iter().all(|(_, information)| information.is_finite() && *information > 0.0);
        sound.then_some(Self { information, responses_per_week: answers_per_week })
    }

    /// Whether a review after `week` weeks would have an estimate.
    pub(super) fn allows_estimate(&self, week: usize) -> bool {
        let weeks = number::of_index(week);
        let responses = weeks * self.responses_per_week;
        weeks >= SHORTEST_POST_PERIOD_WEEKS && responses >= number::of_count(SMALLEST_POST_PERIOD_RESPONSES)
    }
}
