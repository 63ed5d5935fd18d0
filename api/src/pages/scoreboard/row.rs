//! One decision of the scoreboard.

use chrono::NaiveDate;
use entity::verdict::Verdict;

use super::Decision;
use crate::http::form::path_part;
use crate::pages::chart::{Axis, Forest};
use crate::pages::told::target_name;
use crate::pages::verdict::{OutcomeView as _, VerdictView as _};
use crate::pages::wording;

/// What is told of a decision.
pub struct Row {
    pub address: String,
    pub title: String,
    pub owner: String,
    pub target: String,
    pub when: String,
    pub verdict: Option<Verdict>,
    /// What stands where no verdict does.
    pub waits: String,
    pub outcome: Option<&'static str>,
    pub expected: String,
    pub measured: Option<(String, String)>,
    pub answers: Option<String>,
    pub forest: Forest,
}

impl Row {
    pub(super) fn new(decision: &Decision, axis: &Axis, today: NaiveDate) -> Self {
        let review = decision.review.as_ref();
        let effect = review.and_then(|review| review.effect);
        let interval = review.and_then(|review| review.interval);
        let verdict = review.map(|review| review.verdict);
        let expected = wording::short_points(decision.expectation.impact);
        let begins = if decision.takes_effect_on > today { "takes effect" } else { "since" };
        Self {
            address: format!("/decision/{}", path_part(&decision.external_id)),
            title: decision.title.clone(),
            owner: decision.owner.clone(),
            target: target_name(decision.target.as_ref()).to_owned(),
            when: format!("{begins} {}", wording::date(decision.takes_effect_on)),
            verdict,
            waits: decision.status.words().to_owned(),
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
            answers: review.map(|review| wording::responses(review.after.responses)),
            forest: Forest::new(axis, &decision.expectation, effect, interval, verdict.map_or("waits", Verdict::class)),
        }
    }
}
