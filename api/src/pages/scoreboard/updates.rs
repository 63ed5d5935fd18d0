//! What changed since last week, and what is due.

use chrono::{Days, NaiveDate};

use super::ScoreboardDecisionData;
use crate::http::form::path_part;
use crate::pages::data::DecisionStatusData;
use crate::pages::verdict::VerdictView as _;
use crate::pages::wording;

/// Dates within this many days are due.
const AHEAD_DAYS: u64 = 28;

/// One line about a decision: a link, and what happened or will happen.
pub struct DecisionUpdate {
    pub address: String,
    pub title: String,
    pub text: String,
}

/// What changed in the last seven days, and what is due in the next four weeks.
pub struct DecisionUpdates {
    pub changed: Vec<DecisionUpdate>,
    pub due: Vec<DecisionUpdate>,
}

impl DecisionUpdates {
    pub(super) fn of(decisions: &[ScoreboardDecisionData], today: NaiveDate) -> Self {
        let item = |decision: &ScoreboardDecisionData, text: String| DecisionUpdate {
            address: format!("/decision/{}", path_part(&decision.external_id)),
            title: decision.title.clone(),
            text,
        };
        let changed = decisions.iter().filter_map(|decision| Some(item(decision, changed(decision, today)?)));
        let mut due: Vec<(NaiveDate, DecisionUpdate)> = decisions
            .iter()
            .filter_map(|decision| due(decision, today).map(|(on, text)| (on, item(decision, text))))
            .collect();
        due.sort_by_key(|(on, _)| *on);
        Self { changed: changed.collect(), due: due.into_iter().map(|(_, item)| item).collect() }
    }
}

fn changed(decision: &ScoreboardDecisionData, today: NaiveDate) -> Option<String> {
    let week_ago = today.checked_sub_days(Days::new(7))?;
    if let Some(on) = decision.reversed_on.filter(|on| *on > week_ago && *on <= today) {
        return Some(format!("was reversed on {}", wording::date(on)));
    }
    let review = decision.review.as_ref().filter(|review| review.as_of > week_ago);
    match (decision.reviews.nodes.as_slice(), review) {
        ([before, now], Some(_)) if before.verdict != now.verdict => {
            return Some(format!("{}, was {}", now.verdict.words(), before.verdict.words()));
        }
        ([now], Some(_)) => return Some(format!("has its first review: {}", now.verdict.words())),
        (_, Some(review))
            if review.r#final && review.as_of > week_ago && decision.status == DecisionStatusData::Reviewed =>
        {
            return Some(format!("has its final review: {}", review.verdict.words()));
        }
        _ => {}
    }
    if decision.takes_effect_on > week_ago && decision.takes_effect_on <= today {
        return Some(format!("took effect on {}", wording::date(decision.takes_effect_on)));
    }
    (decision.logged_at.date_naive() > week_ago).then(|| "was logged".to_owned())
}

/// The next date of a decision within [`AHEAD_DAYS`], and what happens then.
fn due(decision: &ScoreboardDecisionData, today: NaiveDate) -> Option<(NaiveDate, String)> {
    let limit = today.checked_add_days(Days::new(AHEAD_DAYS))?;
    let is_ahead = |on: &NaiveDate| *on > today && *on <= limit;
    if let Some(on) = decision.reversal_planned_on.filter(is_ahead) {
        return Some((on, format!("is to be reversed on {}", wording::date(on))));
    }
    match decision.status {
        DecisionStatusData::Planned => {
            let on = Some(decision.takes_effect_on).filter(is_ahead)?;
            Some((on, format!("takes effect on {}, which seals the expectation", wording::date(on))))
        }
        DecisionStatusData::InEffect => {
            let days = u64::from(decision.horizon_weeks) * 7;
            let last = decision.takes_effect_on.checked_add_days(Days::new(days)).filter(is_ahead);
            let settled = decision.review.as_ref().and_then(|review| review.decidable_by).filter(is_ahead);
            match (settled, last) {
                (Some(on), last) if last.is_none_or(|last| on <= last) => {
                    Some((on, format!("should be settled by {}", wording::date(on))))
                }
                (_, Some(on)) => Some((on, format!("has its final review about {}", wording::date(on)))),
                _ => None,
            }
        }
        DecisionStatusData::Reviewed | DecisionStatusData::Reversed | DecisionStatusData::Cancelled => None,
    }
}
