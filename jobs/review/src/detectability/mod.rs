//! Whether a decision could ever be judged, by the published figures: asked before it is logged.
//!
//! The weeks published so far are what a review would have for its history; what follows from them is
//! [`needle_stats::detectability`]'s.

mod advice;
mod history;

use std::sync::Arc;

use entity::{Database, Day, Filter};
use needle_analytics::cube::off_thread;
use needle_analytics::figures::{Figures, FiguresError};
use needle_rules::decision::{HORIZON_WEEKS, IMPACT_LIMIT};
use needle_rules::problem::{Code, Problem};
use needle_stats::decision::Column;
use needle_stats::detectability::{Outlook, Plan, outlook};

use crate::respondent::Respondents;
use crate::respondent_cache::RespondentCache;
use advice::Facts;
use history::History;

/// A decision that somebody thinks of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// The first day of its effect.
    pub takes_effect_on: Day,
    /// How many weeks its effect is observed, 1 to 520.
    pub horizon_weeks: i32,
    /// The expected impact, NPS points.
    pub expected_impact: f64,
}

/// What could be seen of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Detectability {
    /// The effect that would be claimed within the horizon with a chance of 80 %, NPS points; `None` when no review
    /// would have an estimate.
    pub smallest_effect: Option<f64>,
    /// The chance of a claim within the horizon when the effect is as expected; `None` like the above, and when no
    /// effect is expected.
    pub power: Option<f64>,
    /// How many answers the target should give within the horizon.
    pub expected_responses: u64,
    /// The Monday by which the chance of a claim reaches 80 %; `None` beyond ten years or when it cannot be told.
    pub decidable_by: Option<Day>,
    /// Whether there is anybody to compare with; `None` when nobody in the target has answered.
    pub is_compared: Option<bool>,
    /// All of this in one plain sentence.
    pub advice: String,
}

/// What could be seen of a decision on the target `filter`, where `None` is everyone. A target that the published
/// profiles do not know yet has no answers.
pub async fn detectability(
    database: &Database,
    cache: &RespondentCache,
    analytics: Arc<Figures>,
    filter: Option<Filter>,
    question: Question,
) -> Result<Detectability, FiguresError> {
    check(&question)?;
    let respondents = cache.of(database, &analytics).await?;
    off_thread(move || judge(&analytics, respondents.as_deref(), filter.as_ref(), question)).await?
}

fn judge(
    analytics: &Figures,
    respondents: Option<&Respondents>,
    filter: Option<&Filter>,
    question: Question,
) -> Result<Detectability, FiguresError> {
    let translated = filter.map(|filter| analytics.translate(filter));
    let history = match &translated {
        None => History::read(analytics, respondents, None)?,
        Some(Some(filter)) => History::read(analytics, respondents, Some(filter))?,
        Some(None) => None,
    };
    let Some(history) = history else { return Ok(unknown()) };
    let starts = f64::from(question.takes_effect_on.0 - history.first.0) / 7.0;
    let decision = Column { target: vec![true, false], starts, ends: None };
    let horizon_weeks = question.horizon_weeks.unsigned_abs() as usize;
    let plan = Plan {
        data: &history.data,
        answers: &history.answers,
        decision: &decision,
        horizon_weeks,
        impact: question.expected_impact,
    };
    let outlook = outlook(&plan);
    let decidable_by = outlook
        .and_then(|outlook| i32::try_from(outlook.weeks_to_decide?).ok())
        .map(|weeks| question.takes_effect_on.plus_days(weeks.saturating_mul(7)).monday_on_or_after());
    Ok(Detectability {
        smallest_effect: outlook.map(|outlook: Outlook| outlook.smallest_effect),
        power: outlook.and_then(|outlook| outlook.power),
        expected_responses: expected_responses(history.answers_per_week, question.horizon_weeks),
        decidable_by,
        is_compared: Some(history.is_compared),
        advice: advice::sentence(&Facts::of(&history, question), outlook, question, decidable_by),
    })
}

fn unknown() -> Detectability {
    Detectability {
        smallest_effect: None,
        power: None,
        expected_responses: 0,
        decidable_by: None,
        is_compared: None,
        advice: "No answers of this target are published yet: no effect could be told from noise.".to_owned(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of answers, never negative, and a float converts to the nearest number that exists"
)]
fn expected_responses(answers_per_week: f64, horizon_weeks: i32) -> u64 {
    (answers_per_week * f64::from(horizon_weeks)).round() as u64
}

fn check(question: &Question) -> Result<(), FiguresError> {
    let problem =
        |field: &str, message: String| Err(FiguresError::Problem(Problem::new(Code::OutOfRange, field, message)));
    if !HORIZON_WEEKS.contains(&question.horizon_weeks) {
        let (low, high) = (HORIZON_WEEKS.start(), HORIZON_WEEKS.end());
        return problem("horizonWeeks", format!("expected {low} to {high} weeks, found {}", question.horizon_weeks));
    }
    if !(-IMPACT_LIMIT..=IMPACT_LIMIT).contains(&question.expected_impact) {
        return problem("expectedImpact", format!("expected NPS points from -{IMPACT_LIMIT} to {IMPACT_LIMIT}"));
    }
    Ok(())
}
