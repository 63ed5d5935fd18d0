//! Logging, revising and reversing decisions.

use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use entity::decision::Model as DecisionRow;
use entity::{DatabaseTransaction, StoreError, store};
use needle_rules::decision::{
    DEFAULT_HORIZON_WEEKS, DEFAULT_LEVEL, DecisionDraft, DecisionRevision, cancel_reversal, log, reverse, revise,
};
use needle_rules::problem::{InputProblem, ProblemCode};
use needle_rules::segment::ChangeError;

use super::Decision;
use crate::graphql::access::Permission;
use crate::graphql::audit::AuditedMutation;
use crate::graphql::detectability::Detectability;
use crate::graphql::error::ApiError;
use crate::graphql::random;
use crate::graphql::scalar::Date;
use crate::graphql::scope::RequestScope;
use crate::graphql::user_error::{UserError, split_refusal};

/// The input of `logDecision`.
#[derive(InputObject)]
pub struct LogDecisionInput {
    /// The company's id of the decision, unique; generated when absent or null.
    external_id: Option<String>,
    /// What is decided.
    title: String,
    /// The reasons for it.
    rationale: Option<String>,
    /// Who owns the decision and its forecast; the viewer when absent or null. Only admins log for others.
    owner: Option<String>,
    /// The first day of its effect. From then on the expectation is sealed; a day that is not in the future makes the
    /// decision retrospective.
    takes_effect_on: Date,
    /// The number of weeks for which its effect is observed, 1 to 520.
    #[graphql(default_with = "Some(DEFAULT_HORIZON_WEEKS)")]
    horizon_weeks: Option<i32>,
    /// The key of the target segment; absent or null means every customer.
    target_segment_key: Option<String>,
    /// The expected impact, in NPS points.
    expected_impact: f64,
    /// The low end of the expected range, in NPS points.
    expected_low: Option<f64>,
    /// The high end of the expected range, in NPS points.
    expected_high: Option<f64>,
    /// How sure the owner is that the impact lies in the range, between 0 and 1.
    #[graphql(default_with = "Some(DEFAULT_LEVEL)")]
    expected_level: Option<f64>,
}

/// The input of `reviseDecision`. A field that is absent or null leaves the stored value.
#[derive(InputObject)]
pub struct ReviseDecisionInput {
    /// The company's id of the decision.
    external_id: String,
    /// What is decided.
    title: Option<String>,
    /// The reasons for it.
    rationale: Option<String>,
    /// The first day of its effect; it may change, but not to a day in the past.
    takes_effect_on: Option<Date>,
    /// The number of weeks for which its effect is observed.
    horizon_weeks: Option<i32>,
    /// The expected impact, in NPS points.
    expected_impact: Option<f64>,
    /// The low end of the expected range, in NPS points.
    expected_low: Option<f64>,
    /// The high end of the expected range, in NPS points.
    expected_high: Option<f64>,
}

/// The input of `reverseDecision`.
#[derive(InputObject)]
pub struct ReverseDecisionInput {
    /// The company's id of the decision.
    external_id: String,
    /// The first day on which it no longer applies: from its first day of effect on, or from today on while that is
    /// still to come.
    on: Date,
    /// Why it is reversed.
    reason: String,
}

/// The input of `cancelReversal`.
#[derive(InputObject)]
pub struct CancelReversalInput {
    /// The company's id of the decision.
    external_id: String,
}

/// What `logDecision` did.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LogDecisionPayload {
    /// The decision; null when it was not logged.
    decision: Option<Decision>,
    /// The errors in the input; empty on success.
    user_errors: Vec<UserError>,
}

/// What `reviseDecision` did.
#[derive(SimpleObject)]
pub struct ReviseDecisionPayload {
    /// The decision after the change; null when it was not revised.
    decision: Option<Decision>,
    /// The errors in the input; empty on success.
    user_errors: Vec<UserError>,
}

/// What `reverseDecision` did.
#[derive(SimpleObject)]
pub struct ReverseDecisionPayload {
    /// The decision after the change; null when it was not reversed.
    decision: Option<Decision>,
    /// The errors in the input; empty on success.
    user_errors: Vec<UserError>,
}

/// What `cancelReversal` did.
#[derive(SimpleObject)]
pub struct CancelReversalPayload {
    /// The decision after the change; null when nothing was taken back.
    decision: Option<Decision>,
    /// The errors in the input; empty on success.
    user_errors: Vec<UserError>,
}

#[ComplexObject]
impl LogDecisionPayload {
    /// Which effects of the decision its reviews could detect, at the current rate of responses; null when it was not
    /// logged.
    async fn detectability(&self, context: &Context<'_>) -> Option<Result<Detectability>> {
        async {
            let Some(decision) = &self.decision else { return Ok(None) };
            Ok(Some(Detectability::of_decision(RequestScope::of(context)?, &decision.0).await?))
        }
        .await
        .transpose()
    }
}

/// Mutations of decisions.
#[derive(Default)]
pub struct DecisionMutation;

#[Object]
impl DecisionMutation {
    /// Logs a decision with its expected impact.
    async fn log_decision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.")] input: LogDecisionInput,
    ) -> Result<LogDecisionPayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let draft = input.into_draft(scope)?;
        let transaction = scope.database().begin_write().await?;
        let outcome = match check_owner(scope, &draft.owner, "owner") {
            Ok(()) => log(&transaction, &draft, scope.now).await,
            Err(problem) => Err(problem.into()),
        };
        let (decision, user_errors) = commit_outcome(scope, &audited, transaction, outcome).await?;
        Ok(LogDecisionPayload { decision, user_errors })
    }

    /// Changes a decision that has not taken effect. Once it has, its expectation is sealed.
    async fn revise_decision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What changes.")] input: ReviseDecisionInput,
    ) -> Result<ReviseDecisionPayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let transaction = scope.database().begin_write().await?;
        let calendar = scope.api.job_context().calendar.get();
        let outcome = match own_decision(scope, &transaction, &input.external_id).await {
            Ok(existing) => revise(&transaction, &existing, input.into(), calendar, scope.now).await,
            Err(refusal) => Err(refusal),
        };
        let (decision, user_errors) = commit_outcome(scope, &audited, transaction, outcome).await?;
        Ok(ReviseDecisionPayload { decision, user_errors })
    }

    /// Reverses a decision from a day on. Before it takes effect, a day up to its first day of effect cancels it at once. A
    /// day after today can be taken back until it comes, by `cancelReversal`. A reversal whose day has come is sealed. Reviews treat the decision
    /// as in effect until the day named, or until the day on which the reversal was recorded when that is later.
    async fn reverse_decision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision, the day, and the reason.")] input: ReverseDecisionInput,
    ) -> Result<ReverseDecisionPayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let transaction = scope.database().begin_write().await?;
        let calendar = scope.api.job_context().calendar.get();
        let outcome = match own_decision(scope, &transaction, &input.external_id).await {
            Ok(existing) => reverse(&transaction, &existing, input.on.0, &input.reason, calendar, scope.now).await,
            Err(refusal) => Err(refusal),
        };
        let (decision, user_errors) = commit_outcome(scope, &audited, transaction, outcome).await?;
        Ok(ReverseDecisionPayload { decision, user_errors })
    }

    /// Takes back a reversal whose day is still to come, so that the decision stays in effect.
    async fn cancel_reversal(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.")] input: CancelReversalInput,
    ) -> Result<CancelReversalPayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let transaction = scope.database().begin_write().await?;
        let calendar = scope.api.job_context().calendar.get();
        let outcome = match own_decision(scope, &transaction, &input.external_id).await {
            Ok(existing) => cancel_reversal(&transaction, &existing, calendar, scope.now).await,
            Err(refusal) => Err(refusal),
        };
        let (decision, user_errors) = commit_outcome(scope, &audited, transaction, outcome).await?;
        Ok(CancelReversalPayload { decision, user_errors })
    }
}

impl LogDecisionInput {
    fn into_draft(self, scope: &RequestScope) -> Result<DecisionDraft, ApiError> {
        let external_id = match self.external_id {
            Some(id) => id.trim().to_owned(),
            None => format!("decision-{}", random::random_hexadecimal::<8>()?),
        };
        Ok(DecisionDraft {
            external_id,
            title: self.title,
            rationale: self.rationale.filter(|rationale| !rationale.trim().is_empty()),
            owner: self.owner.unwrap_or_else(|| scope.viewer.name.clone()),
            target_segment_key: self.target_segment_key,
            takes_effect_on: self.takes_effect_on.0,
            horizon_weeks: self.horizon_weeks.unwrap_or(DEFAULT_HORIZON_WEEKS),
            expected_impact: self.expected_impact,
            expected_low: self.expected_low,
            expected_high: self.expected_high,
            expected_level: self.expected_level.unwrap_or(DEFAULT_LEVEL),
            logged_at: None,
        })
    }
}

impl From<ReviseDecisionInput> for DecisionRevision {
    fn from(input: ReviseDecisionInput) -> Self {
        Self {
            title: input.title,
            rationale: input.rationale,
            takes_effect_on: input.takes_effect_on.map(|day| day.0),
            horizon_weeks: input.horizon_weeks,
            expected_impact: input.expected_impact,
            expected_low: input.expected_low,
            expected_high: input.expected_high,
        }
    }
}

fn check_owner(scope: &RequestScope, owner: &str, field: &str) -> Result<(), InputProblem> {
    let is_own = owner.to_lowercase() == scope.viewer.name.to_lowercase();
    if is_own || scope.viewer.may(Permission::WriteAnyDecision) {
        return Ok(());
    }
    let message = format!("expected a decision of your own (\"{}\"), found one of \"{owner}\"", scope.viewer.name);
    Err(InputProblem::new(ProblemCode::Forbidden, field, message))
}

/// The decision with this id, which the viewer may write.
async fn own_decision(
    scope: &RequestScope,
    transaction: &DatabaseTransaction,
    external_id: &str,
) -> Result<DecisionRow, ChangeError> {
    let ids = [external_id.to_owned()];
    let mut found = store::decision::by_external_ids(transaction, &ids).await?;
    let unknown =
        || InputProblem::new(ProblemCode::NotFound, "externalId", format!("no decision has the id \"{external_id}\""));
    let decision = found.remove(external_id).ok_or_else(unknown)?;
    check_owner(scope, &decision.owner, "externalId")?;
    Ok(decision)
}

/// Commits a change with its audit entry. A refused change is rolled back, and only its audit entry is written.
async fn commit_outcome(
    scope: &RequestScope,
    audited: &AuditedMutation,
    transaction: DatabaseTransaction,
    outcome: Result<DecisionRow, ChangeError>,
) -> Result<(Option<Decision>, Vec<UserError>)> {
    Ok(match split_refusal(outcome)? {
        Err(error) => {
            transaction.rollback().await.map_err(StoreError::from)?;
            audited.record_refused(scope, &error).await?;
            (None, vec![error])
        }
        Ok(decision) => {
            audited.record_done(&transaction).await?;
            transaction.commit().await.map_err(StoreError::from)?;
            scope.discard_snapshot();
            (Some(Decision(decision)), Vec::new())
        }
    })
}
