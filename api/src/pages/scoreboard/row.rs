//! One decision of the scoreboard.

use chrono::NaiveDate;
use entity::verdict::Verdict;

use super::ScoreboardDecisionData;
use crate::http::form::path_part;
use crate::pages::chart::{ForestAxis, ForestMeasurement, ForestPlot};
use crate::pages::data::target_name;
use crate::pages::verdict::{OutcomeView as _, VerdictView as _};
use crate::pages::wording;

/// One decision as the scoreboard shows it.
pub struct ScoreboardRow {
    pub address: String,
    pub title: String,
    pub owner: String,
    pub target: String,
    pub when: String,
    pub verdict: Option<Verdict>,
    /// Shown where there is no verdict yet.
    pub status: String,
    /// Shown beside the verdict where the decision is no longer in effect, or will not be.
    pub ended: Option<String>,
    pub outcome: Option<&'static str>,
    pub expected: String,
    pub measured: Option<(String, String)>,
    pub responses: Option<String>,
    pub forest: ForestPlot,
}

impl ScoreboardRow {
    pub(super) fn new(decision: &ScoreboardDecisionData, axis: &ForestAxis, today: NaiveDate) -> Self {
        let review = decision.review.as_ref();
        let effect = review.and_then(|review| review.effect);
        let interval = review.and_then(|review| review.interval);
        let verdict = review.map(|review| review.verdict);
        let expected = wording::short_points(decision.expectation.impact);
        let preposition = if decision.takes_effect_on > today { "takes effect" } else { "since" };
        Self {
            address: format!("/decision/{}", path_part(&decision.external_id)),
            title: decision.title.clone(),
            owner: decision.owner.clone(),
            target: target_name(decision.target.as_ref()).to_owned(),
            when: format!("{preposition} {}", wording::date(decision.takes_effect_on)),
            verdict,
            status: decision.status.words().to_owned(),
            ended: match (decision.reversed_on, decision.reversal_planned_on) {
                (Some(on), _) => Some(format!("reversed on {}", wording::date(on))),
                (None, Some(on)) => Some(format!("to be reversed on {}", wording::date(on))),
                (None, None) => None,
            },
            outcome: review.and_then(|review| review.expectation_outcome.words()),
            expected: match decision.expectation.low.zip(decision.expectation.high) {
                Some((low, high)) => {
                    format!("{expected} ({} to {})", wording::short_points(low), wording::short_points(high))
                }
                None => expected,
            },
            measured: effect
                .zip(interval)
                .map(|(effect, interval)| (wording::points(effect), wording::range(interval))),
            responses: review.map(|review| wording::responses(review.after.responses)),
            forest: ForestPlot::new(
                axis,
                &decision.expectation,
                ForestMeasurement { effect, interval, margin: review.map(|review| review.equivalence_margin) },
                verdict.map_or("pending", Verdict::class),
            ),
        }
    }
}
