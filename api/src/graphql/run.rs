//! Runs: recomputes, from their claim to their publication.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::run::{Model as RunRow, RunId, RunState as State, RunTrigger as Trigger};
use entity::store::page::{RowPosition, SortKey};
use entity::{StoreError, store};
use jobs::recompute::{self, RecomputeError, RunMonitor, RunRequest, within};
use needle_rules::problem::{check_text, limit};
use tracing::Instrument as _;

use super::access::Permission;
use super::audit::AuditedMutation;
use super::connection::{Connection, CursorKind, PageArguments, SortKeyKind};
use super::error::ApiError;
use super::node_id::NodeKind;
use super::scalar::{Date, DateTime};
use super::schedule::ScheduledJobEnum;
use super::scope::RequestScope;
use super::user_error::{UserError, UserErrorCode, split_refusal};
use super::{Api, RecomputeMode};

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RunTrigger", remote = "entity::run::RunTrigger")]
pub enum RunTriggerEnum {
    /// The schedule, at its time.
    Schedule,
    /// A person, by the API or the command line.
    Manual,
    /// The schedule, to catch up on a missed slot.
    CatchUp,
    /// A replay of past weeks.
    Replay,
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RunState", remote = "entity::run::RunState")]
pub enum RunStateEnum {
    /// In progress, or waiting for another run.
    Running,
    /// Completed.
    Succeeded,
    /// Ended with an error, see `error`.
    Failed,
    /// Its process ended before the run did; nothing was published.
    Abandoned,
    /// Cancelled on request; nothing was published.
    Cancelled,
}

/// The stage that a run is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RunStage", remote = "entity::run::RunStage")]
pub enum RunStageEnum {
    /// Waits until no other run publishes.
    Wait,
    /// Reads the stored data and counts the stale weeks again.
    Count,
    /// Scores the segments.
    Score,
    /// Reviews the decisions.
    Review,
    /// Publishes all results at once.
    Publish,
}

/// How long the stages of a run took, in seconds.
#[derive(SimpleObject)]
pub struct RunSeconds {
    /// Reading the stored data and counting the stale weeks.
    count: f64,
    /// Scoring the segments.
    score: f64,
    /// Reviewing the decisions.
    review: f64,
    /// Publishing all results.
    publish: f64,
}

/// A recompute, as its stored row.
#[derive(Clone)]
pub struct Run(pub RunRow);

/// A recompute: counts what is stale, scores the segments, reviews the decisions and publishes all of it at once.
#[Object]
impl Run {
    /// The global id, for `node` and `nodes`.
    pub async fn id(&self) -> ID {
        NodeKind::Run.id(self.0.id.0)
    }

    /// What started it.
    fn trigger(&self) -> RunTriggerEnum {
        self.0.trigger.into()
    }

    /// The job that it was started for; null when no schedule started it.
    fn job(&self) -> Option<ScheduledJobEnum> {
        self.0.job.map(Into::into)
    }

    /// The number of this attempt at its slot, from 1.
    fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// The scheduled time that it was started for; null when no schedule started it.
    fn slot(&self) -> Option<DateTime> {
        self.0.slot.map(DateTime)
    }

    /// The day as of which it computes.
    fn as_of(&self) -> Date {
        Date(self.0.as_of)
    }

    /// True when everything was rebuilt from the raw responses.
    fn full(&self) -> bool {
        self.0.full
    }

    /// False when it only refreshes the scores; only final reviews that late responses affect are then repeated.
    fn reviews_decisions(&self) -> bool {
        self.0.reviews
    }

    /// The stage that it is in, or was in when it ended; updated about twice a second, so null for a short run.
    fn stage(&self) -> Option<RunStageEnum> {
        self.0.stage.map(Into::into)
    }

    /// The completed share of the stage, from 0 to 1; null when `stage` is null.
    fn share_done(&self) -> Option<f64> {
        self.0.share_done
    }

    /// True when its cancellation was requested: it stops at the next safe point.
    fn cancel_requested(&self) -> bool {
        self.0.cancel_requested
    }

    /// How long its stages took; null unless it succeeded.
    fn seconds(&self) -> Option<RunSeconds> {
        let run = &self.0;
        let (count, score) = run.count_seconds.zip(run.score_seconds)?;
        let (review, publish) = run.review_seconds.zip(run.publish_seconds)?;
        Some(RunSeconds { count, score, review, publish })
    }

    /// Its state; anything but `RUNNING` is final.
    fn state(&self) -> RunStateEnum {
        self.0.state.into()
    }

    /// When it started.
    fn started_at(&self) -> DateTime {
        DateTime(self.0.started_at)
    }

    /// When it ended; null while it runs.
    fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// True when it published scores; false while it runs, and for a run of the past that only added its reviews.
    fn published(&self) -> bool {
        self.0.version.is_some()
    }

    /// The number of scored responses that its results are computed from.
    fn responses_seen(&self) -> i64 {
        self.0.responses_seen
    }

    /// The number of weeks that were counted again from the raw responses.
    fn weeks_counted(&self) -> i32 {
        self.0.weeks_counted
    }

    /// The number of segments that were scored.
    fn segments_scored(&self) -> i32 {
        self.0.segments_scored
    }

    /// The number of decisions that were reviewed.
    fn decisions_reviewed(&self) -> i32 {
        self.0.decisions_reviewed
    }

    /// Why it did not succeed; null when it did, and while it runs. Only admins can read the details.
    fn error(&self, context: &Context<'_>) -> Result<Option<String>> {
        let may_read = RequestScope::of(context)?.viewer.may(Permission::ReadRunErrors);
        let hidden = || "the run did not succeed; an admin can read why".to_owned();
        Ok(self.0.error.clone().map(|error| if may_read { error } else { hidden() }))
    }
}

/// Queries for runs.
#[derive(Default)]
pub struct RunQuery;

#[Object]
impl RunQuery {
    /// The recomputes, newest first.
    async fn runs(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 1,000.")] last: Option<i32>,
        #[graphql(desc = "Only nodes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Run>> {
        let database = RequestScope::of(context)?.database().clone();
        let cursors = CursorKind::new("runs", SortKeyKind::Whole);
        let page = PageArguments { first, after, last, before }.page(&cursors)?;
        let rows = store::run::list(database.reader(), &page).await?;
        let position = |row: &RunRow| RowPosition { key: SortKey::Whole(row.id.0), id: row.id.0 };
        let count = move || {
            let database = database.clone();
            async move { Ok(store::run::count(database.reader()).await?) }
        };
        Ok(Connection::new(rows, &cursors, position, Run, count))
    }
}

/// The input of `recompute`.
#[derive(InputObject)]
pub struct RecomputeInput {
    /// The idempotency key: a repeated key returns the first run, or the error `CONFLICT` when the other arguments
    /// differ. A run that failed may be tried again under its key.
    key: String,
    /// The day as of which to compute; today when absent or null.
    as_of: Option<Date>,
    /// True to rebuild everything from the raw responses.
    #[graphql(default_with = "Some(false)")]
    full: Option<bool>,
}

/// What `recompute` did.
#[derive(SimpleObject)]
pub struct RecomputePayload {
    /// The run: still in progress on a server, which returns at once, ended on the command line, which waits; null when
    /// none was started.
    run: Option<Run>,
    /// Why no run was started; empty when one was.
    user_errors: Vec<UserError>,
}

/// Mutations of runs.
#[derive(Default)]
pub struct RunMutation;

#[Object]
impl RunMutation {
    /// Starts a recompute. Idempotent on its key.
    async fn recompute(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to recompute.")] input: RecomputeInput,
    ) -> Result<RecomputePayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let claimed = match check_key(&input) {
            Ok(()) => {
                let request = RunRequest {
                    as_of: input.as_of.map(|day| day.0),
                    full: input.full.unwrap_or(false),
                    idempotency_key: Some(input.key),
                    signature: Some(audited.0.clone()),
                    ..RunRequest::by(Trigger::Manual)
                };
                split_refusal(recompute::claim(scope.api.job_context(), &request, None).await)?
            }
            Err(error) => Err(error),
        };
        let claim = match claimed {
            Ok(claim) => claim,
            Err(error) => {
                audited.record_refused(scope, &error).await?;
                return Ok(RecomputePayload { run: None, user_errors: vec![error] });
            }
        };
        let run = if claim.is_new { start_run(scope, claim.run).await? } else { claim.run };
        scope.discard_snapshot();
        Ok(RecomputePayload { run: Some(Run(run)), user_errors: Vec::new() })
    }

    /// Requests that a run stop. It stops at the next safe point and publishes nothing; a run that is already
    /// publishing cannot be stopped. The slot of a scheduled run counts as cancelled and is not tried again.
    async fn cancel_run(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The run to cancel.")] input: CancelRunInput,
    ) -> Result<CancelRunPayload> {
        let (scope, audited) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        match cancel(scope, &audited, &input.id).await? {
            Ok(run) => Ok(CancelRunPayload { run: Some(Run(run)), user_errors: Vec::new() }),
            Err(error) => {
                audited.record_refused(scope, &error).await?;
                Ok(CancelRunPayload { run: None, user_errors: vec![error] })
            }
        }
    }
}

/// Refuses a recompute without a key.
fn check_key(input: &RecomputeInput) -> Result<(), UserError> {
    if input.key.trim().is_empty() {
        return Err(UserError::new(UserErrorCode::Invalid, "key", "expected a key, found nothing"));
    }
    Ok(check_text("key", &input.key, limit::ID)?)
}

/// Requests that a run stop; returns the run, or why the request was refused.
async fn cancel(scope: &RequestScope, audited: &AuditedMutation, id: &str) -> Result<Result<RunRow, UserError>> {
    let refusal = |code, message: &str| Ok(Err(UserError::new(code, "id", message)));
    let Some((NodeKind::Run, id)) = NodeKind::parse(id) else {
        return refusal(UserErrorCode::NotFound, "no run has this id");
    };
    let id = RunId(id);
    let transaction = scope.database().begin_write().await?;
    let is_requested = store::run::request_cancel(&transaction, id).await?;
    let found = store::run::by_ids(&transaction, &[id]).await?.remove(&id);
    match found {
        Some(run) if is_requested => {
            audited.record_done(&transaction).await?;
            transaction.commit().await.map_err(StoreError::from)?;
            Ok(Ok(run))
        }
        found => {
            transaction.rollback().await.map_err(StoreError::from)?;
            match found {
                Some(_) => refusal(UserErrorCode::Conflict, "the run has ended"),
                None => refusal(UserErrorCode::NotFound, "no run has this id"),
            }
        }
    }
}

/// The input of `cancelRun`.
#[derive(InputObject)]
pub struct CancelRunInput {
    /// The run's global id.
    id: ID,
}

/// What `cancelRun` did.
#[derive(SimpleObject)]
pub struct CancelRunPayload {
    /// The run, which may still be in progress; null when the request was refused.
    run: Option<Run>,
    /// Why the request was refused; empty when it was accepted.
    user_errors: Vec<UserError>,
}

/// Starts the work of a run. Returns the run as it is then: in progress in the background, ended in the foreground.
async fn start_run(scope: &RequestScope, run: RunRow) -> Result<RunRow> {
    let (id, monitor, row) = (run.id, RunMonitor::default(), run.clone());
    let job_context = scope.api.job_context();
    match scope.api.settings().recompute {
        RecomputeMode::Background => {
            let (api, task_monitor) = (scope.api.clone(), monitor.clone());
            let task = async move { within(&row, execute_run(&api, id, &task_monitor)).await }.in_current_span();
            if scope.api.background().spawn(monitor, task) {
                return Ok(run);
            }
            let (now, why) = (job_context.clock.now(), RecomputeError::ShuttingDown.to_string());
            store::run::end(job_context.database.writer(), id, State::Abandoned, &why, now).await?;
        }
        RecomputeMode::Foreground => within(&row, execute_run(&scope.api, id, &monitor)).await,
    }
    let found = store::run::by_ids(job_context.database.writer(), &[id]).await?.remove(&id);
    Ok(found.ok_or_else(|| ApiError::Internal(format!("run {} is gone", id.0)))?)
}

async fn execute_run(api: &Api, id: RunId, monitor: &RunMonitor) {
    match recompute::execute(api.job_context(), id, monitor).await {
        Ok(outcome) => api.metrics().run_ended(&outcome.seconds),
        Err(error @ (RecomputeError::Cancelled | RecomputeError::ShuttingDown)) => {
            tracing::info!(%error, "a recompute was stopped");
        }
        Err(error) => tracing::error!(%error, "a recompute failed"),
    }
}
