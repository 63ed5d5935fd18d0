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
    /// The clock.
    Schedule,
    /// A person.
    Manual,
    /// A slot that was missed.
    CatchUp,
    /// A replay of the past.
    Replay,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RunState", remote = "entity::run::RunState")]
pub enum RunStateEnum {
    /// At work, or waiting for its turn.
    Running,
    /// Done.
    Succeeded,
    /// Ended by an error; `error` says which.
    Failed,
    /// Its process went away before the end; nothing of it was published.
    Abandoned,
    /// Somebody asked it to stop; nothing of it was published.
    Cancelled,
}

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "RunStage", remote = "entity::run::RunStage")]
pub enum RunStageEnum {
    /// Waits until no other run publishes.
    Wait,
    /// Reads what there is and counts the stale weeks.
    Count,
    /// Scores the segments.
    Score,
    /// Reviews the decisions.
    Review,
    /// Publishes.
    Publish,
}

/// How long the stages of a run took, in seconds.
#[derive(SimpleObject)]
pub struct RunSeconds {
    /// Reading what there is and counting the stale weeks.
    count: f64,
    /// Scoring the segments.
    score: f64,
    /// Reviewing the decisions.
    review: f64,
    /// Publishing.
    publish: f64,
}

/// A recompute.
#[derive(Clone)]
pub struct Run(pub RunRow);

/// A recompute: counts what is stale, scores the segments, reviews the decisions and publishes all of it at once.
#[Object]
impl Run {
    /// The global id.
    pub async fn id(&self) -> ID {
        NodeKind::Run.id(self.0.id.0)
    }

    /// What started it.
    fn trigger(&self) -> RunTriggerEnum {
        self.0.trigger.into()
    }

    /// The job whose slot it answers for; null when no schedule started it.
    fn job(&self) -> Option<ScheduledJobEnum> {
        self.0.job.map(Into::into)
    }

    /// Which attempt at its slot it is, from 1.
    fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// The scheduled moment it answers for; null when no schedule started it.
    fn slot(&self) -> Option<DateTime> {
        self.0.slot.map(DateTime)
    }

    /// The day from which it looks back.
    fn as_of(&self) -> Date {
        Date(self.0.as_of)
    }

    /// True when everything was rebuilt from the raw responses.
    fn full(&self) -> bool {
        self.0.full
    }

    /// False when it only refreshes the scores; only final reviews that late answers touched are then done again.
    fn reviews_decisions(&self) -> bool {
        self.0.reviews
    }

    /// What it is at, or was at when it ended; told about twice a second, so null for a short run.
    fn stage(&self) -> Option<RunStageEnum> {
        self.0.stage.map(Into::into)
    }

    /// How much of the stage is done, from 0 to 1; null where `stage` is.
    fn share_done(&self) -> Option<f64> {
        self.0.share_done
    }

    /// True when somebody asked it to stop: it does at the next moment where it can.
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

    /// Where it stands.
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

    /// True when it published figures; false while it runs, and for a run of the past that only added its reviews.
    fn published(&self) -> bool {
        self.0.version.is_some()
    }

    /// Scored responses that its figures rest on.
    fn responses_seen(&self) -> i64 {
        self.0.responses_seen
    }

    /// Weeks counted again from the raw responses.
    fn weeks_counted(&self) -> i32 {
        self.0.weeks_counted
    }

    /// Segments scored.
    fn segments_scored(&self) -> i32 {
        self.0.segments_scored
    }

    /// Decisions reviewed.
    fn decisions_reviewed(&self) -> i32 {
        self.0.decisions_reviewed
    }

    /// Why it did not succeed; null when it did, and while it runs. The details are for admins.
    fn error(&self, context: &Context<'_>) -> Result<Option<String>> {
        let may_read = RequestScope::of(context)?.viewer.may(Permission::ReadRunErrors);
        let hidden = || "the run did not succeed; an admin can read why".to_owned();
        Ok(self.0.error.clone().map(|error| if may_read { error } else { hidden() }))
    }
}

/// Runs.
#[derive(Default)]
pub struct RunQuery;

#[Object]
impl RunQuery {
    /// The recomputes, newest first.
    async fn runs(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "So many from the start, at most 1,000; 50 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only nodes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, at most 1,000.")] last: Option<i32>,
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
    /// Names the request: the same key answers with the first run. Under a key that was used with other arguments:
    /// `CONFLICT`. A run that failed may be tried again under its key.
    key: String,
    /// The day from which to look back; today when absent or null.
    as_of: Option<Date>,
    /// True to rebuild everything from the raw responses.
    #[graphql(default_with = "Some(false)")]
    full: Option<bool>,
}

/// What `recompute` did.
#[derive(SimpleObject)]
pub struct RecomputePayload {
    /// The run: still at work where a server answers at once, done where the command line waits; null when none was
    /// started.
    run: Option<Run>,
    /// Why none was started.
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
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        let claimed = match check_key(&input) {
            Ok(()) => {
                let request = RunRequest {
                    as_of: input.as_of.map(|day| day.0),
                    full: input.full.unwrap_or(false),
                    idempotency_key: Some(input.key),
                    signature: Some(signed.0.clone()),
                    ..RunRequest::by(Trigger::Manual)
                };
                split_refusal(recompute::claim(scope.api.job_context(), &request, None).await)?
            }
            Err(error) => Err(error),
        };
        let claim = match claimed {
            Ok(claim) => claim,
            Err(error) => {
                signed.record_refused(scope, &error).await?;
                return Ok(RecomputePayload { run: None, user_errors: vec![error] });
            }
        };
        let run = if claim.is_new { start_run(scope, claim.run).await? } else { claim.run };
        scope.discard_snapshot();
        Ok(RecomputePayload { run: Some(Run(run)), user_errors: Vec::new() })
    }

    /// Asks a run to stop. It does at the next moment where it can, and publishes nothing; one that publishes already
    /// cannot be stopped. The slot of a scheduled run counts as cancelled and is not tried again.
    async fn cancel_run(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which run.")] input: CancelRunInput,
    ) -> Result<CancelRunPayload> {
        let (scope, signed) = (RequestScope::of(context)?, AuditedMutation::of(context)?);
        match cancel(scope, &signed, &input.id).await? {
            Ok(run) => Ok(CancelRunPayload { run: Some(Run(run)), user_errors: Vec::new() }),
            Err(error) => {
                signed.record_refused(scope, &error).await?;
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

/// Asks a run to stop; the run, or why nobody was asked.
async fn cancel(scope: &RequestScope, signed: &AuditedMutation, id: &str) -> Result<Result<RunRow, UserError>> {
    let refusal = |code, message: &str| Ok(Err(UserError::new(code, "id", message)));
    let Some((NodeKind::Run, id)) = NodeKind::parse(id) else {
        return refusal(UserErrorCode::NotFound, "no run has this id");
    };
    let id = RunId(id);
    let transaction = scope.database().begin_write().await?;
    let is_asked = store::run::request_cancel(&transaction, id).await?;
    let found = store::run::by_ids(&transaction, &[id]).await?.remove(&id);
    match found {
        Some(run) if is_asked => {
            signed.record_done(&transaction).await?;
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
    /// The run, which has yet to stop; null when none was asked to.
    run: Option<Run>,
    /// Why none was.
    user_errors: Vec<UserError>,
}

/// Starts the work of a run; the run as far as the settings let the answer wait for it.
async fn start_run(scope: &RequestScope, run: RunRow) -> Result<RunRow> {
    let (id, watch, row) = (run.id, RunMonitor::default(), run.clone());
    let job_context = scope.api.job_context();
    match scope.api.settings().recompute {
        RecomputeMode::Background => {
            let (api, watched) = (scope.api.clone(), watch.clone());
            let task = async move { within(&row, execute_run(&api, id, &watched)).await }.in_current_span();
            if scope.api.background().spawn(watch, task) {
                return Ok(run);
            }
            let (now, why) = (job_context.clock.now(), RecomputeError::ShuttingDown.to_string());
            store::run::end(job_context.database.writer(), id, State::Abandoned, &why, now).await?;
        }
        RecomputeMode::Foreground => within(&row, execute_run(&scope.api, id, &watch)).await,
    }
    let found = store::run::by_ids(job_context.database.writer(), &[id]).await?.remove(&id);
    Ok(found.ok_or_else(|| ApiError::Internal(format!("run {} is gone", id.0)))?)
}

async fn execute_run(api: &Api, id: RunId, watch: &RunMonitor) {
    match recompute::execute(api.job_context(), id, watch).await {
        Ok(outcome) => api.metrics().run_ended(&outcome.seconds),
        Err(error @ (RecomputeError::Cancelled | RecomputeError::ShuttingDown)) => {
            tracing::info!(%error, "a recompute was stopped");
        }
        Err(error) => tracing::error!(%error, "a recompute failed"),
    }
}
