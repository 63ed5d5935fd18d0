//! Whether a review could detect the effect of a proposed decision, estimated from the published counts before the
//! decision is logged.
//!
//! The weeks published so far are the history that a review would have; the power analysis itself is
//! [`needle_stats::detectability`].

mod advice;
mod history;

use std::sync::Arc;

use entity::{Database, Day, Filter};
use needle_analytics::analytics_cache::{Analytics, AnalyticsError};
use needle_analytics::work::run_blocking;
use needle_rules::decision::{HORIZON_WEEKS, IMPACT_LIMIT};
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_stats::decision::DecisionColumn;
use needle_stats::detectability::{PlannedDecision, PowerAnalysis, power_analysis};

use crate::respondent::Respondents;
use crate::respondent_cache::RespondentCache;
use advice::AdviceFacts;
use history::TargetHistory;

/// No decision that takes effect more than ten years after the newest published week is analysed: work and memory grow
/// with the weeks between, and nothing is known about a rate of responses that far away.
const LONGEST_LEAD_DAYS: i32 = 520 * 7;

/// A decision that is not logged yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProposedDecision {
    /// The first day of its effect.
    pub takes_effect_on: Day,
    /// How many weeks its effect is observed, 1 to 520.
    pub horizon_weeks: i32,
    /// The expected impact, NPS points.
    pub expected_impact: f64,
}

/// Which effects of a proposed decision a review could detect.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectabilityResult {
    /// The effect that would be claimed within the horizon with a chance of 80 %, NPS points; `None` when no review
    /// would have an estimate.
    pub smallest_effect: Option<f64>,
    /// The chance of a claim within the horizon when the effect is as expected; `None` like the above, and when no
    /// effect is expected.
    pub power: Option<f64>,
    /// The responses expected from the target within the horizon, at its present rate; 0 when the decision is too far
    /// ahead to tell.
    pub expected_responses: u64,
    /// The Monday by which the chance of a claim reaches 80 %; `None` beyond ten years or when it cannot be
    /// estimated.
    pub decidable_by: Option<Day>,
    /// True when customers outside the target have responded; `None` when the target has no responses.
    pub is_compared: Option<bool>,
    /// All of this in one sentence.
    pub advice: String,
}

/// Which effects could be detected of a decision on the target `filter`, where `None` is everyone. A target whose
/// filter tests something that the published profiles do not store yet is treated as having no responses.
///
/// Returns a problem when the horizon or the expected impact is out of range.
pub async fn detectability(
    database: &Database,
    cache: &RespondentCache,
    analytics: Arc<Analytics>,
    filter: Option<Filter>,
    proposal: ProposedDecision,
) -> Result<DetectabilityResult, AnalyticsError> {
    check(&proposal)?;
    let respondents = cache.of(database, &analytics).await?;
    run_blocking(move || evaluate(&analytics, respondents.as_deref(), filter.as_ref(), proposal)).await?
}

fn evaluate(
    analytics: &Analytics,
    respondents: Option<&Respondents>,
    filter: Option<&Filter>,
    proposal: ProposedDecision,
) -> Result<DetectabilityResult, AnalyticsError> {
    let translated = filter.map(|filter| analytics.translate(filter));
    let history = match &translated {
        None => TargetHistory::read(analytics, respondents, None)?,
        Some(Some(filter)) => TargetHistory::read(analytics, respondents, Some(filter))?,
        Some(None) => None,
    };
    let Some(history) = history else { return Ok(without_responses()) };
    if proposal.takes_effect_on > history.end.plus_days(LONGEST_LEAD_DAYS) {
        return Ok(too_far_ahead(&history));
    }
    let starts = f64::from(proposal.takes_effect_on.0 - history.first.0) / 7.0;
    let decision = DecisionColumn { target: vec![true, false], starts, ends: None };
    let horizon_weeks = proposal.horizon_weeks.unsigned_abs() as usize;
    let plan = PlannedDecision {
        data: &history.data,
        responses: &history.responses,
        decision: &decision,
        horizon_weeks,
        impact: proposal.expected_impact,
    };
    let analysis = power_analysis(&plan);
    let decidable_by = analysis
        .and_then(|analysis| i32::try_from(analysis.weeks_to_decide?).ok())
        .map(|weeks| proposal.takes_effect_on.plus_days(weeks.saturating_mul(7)).monday_on_or_after());
    Ok(DetectabilityResult {
        smallest_effect: analysis.map(|analysis: PowerAnalysis| analysis.smallest_effect),
        power: analysis.and_then(|analysis| analysis.power),
        expected_responses: expected_responses(history.responses_per_week, proposal.horizon_weeks),
        decidable_by,
        is_compared: Some(history.is_compared),
        advice: advice::sentence(&AdviceFacts::of(&history, proposal), analysis, proposal, decidable_by),
    })
}

fn without_responses() -> DetectabilityResult {
    DetectabilityResult {
        smallest_effect: None,
        power: None,
        expected_responses: 0,
        decidable_by: None,
        is_compared: None,
        advice: "No responses of this target are published yet: no effect could be distinguished from chance."
            .to_owned(),
    }
}

/// The result for a decision beyond [`LONGEST_LEAD_DAYS`]. It is no error: such a decision can have been logged.
fn too_far_ahead(history: &TargetHistory) -> DetectabilityResult {
    DetectabilityResult {
        is_compared: Some(history.is_compared),
        advice: "The decision takes effect more than ten years after the newest published week: what could be \
                 distinguished from chance then cannot be estimated."
            .to_owned(),
        ..without_responses()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of responses, never negative, and a float converts to the nearest number that exists"
)]
fn expected_responses(responses_per_week: f64, horizon_weeks: i32) -> u64 {
    (responses_per_week * f64::from(horizon_weeks)).round() as u64
}

fn check(proposal: &ProposedDecision) -> Result<(), AnalyticsError> {
    let problem = |field: &str, message: String| {
        Err(AnalyticsError::Problem(InputProblem::new(ProblemCode::OutOfRange, field, message)))
    };
    if !HORIZON_WEEKS.contains(&proposal.horizon_weeks) {
        let (low, high) = (HORIZON_WEEKS.start(), HORIZON_WEEKS.end());
        return problem("horizonWeeks", format!("expected {low} to {high} weeks, found {}", proposal.horizon_weeks));
    }
    if !(-IMPACT_LIMIT..=IMPACT_LIMIT).contains(&proposal.expected_impact) {
        return problem("expectedImpact", format!("expected NPS points from -{IMPACT_LIMIT} to {IMPACT_LIMIT}"));
    }
    Ok(())
}
