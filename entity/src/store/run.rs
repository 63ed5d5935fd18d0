//! Statements on runs.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use serde::Serialize;

use super::StoreError;
use super::lookup::rows_in;
use super::page::{self, PageRequest, RowPage, SortOrder};
use crate::run::{ActiveModel, Column, Entity, Model, RunId, RunStage, RunState, RunTrigger};
use crate::slot::Job;
use crate::{Calendar, Day, Timestamp};

/// A run that is about to start.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// What starts the run.
    pub trigger: RunTrigger,
    /// The slot that it belongs to, and the number of this attempt at it; `None` when no schedule starts it.
    pub slot: Option<(Job, Timestamp, i32)>,
    /// False to refresh the scores only and to review nothing.
    pub reviews: bool,
    /// The idempotency key of the request; `None` when it has none.
    pub idempotency_key: Option<String>,
    /// The day from which the run looks back.
    pub as_of: Day,
    /// True to rebuild everything from the raw responses.
    pub full: bool,
    /// The fence of the lease under which it starts; `None` when it first has to wait for the publishing lease.
    pub fence: Option<i64>,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunResult {
    /// The version it published; `None` when it published none.
    pub version: Option<i64>,
    /// Scored responses on which its results are based.
    pub responses_seen: i64,
    /// Weeks counted again from the raw responses.
    pub weeks_counted: i32,
    /// Segments scored.
    pub segments_scored: i32,
    /// Decisions reviewed.
    pub decisions_reviewed: i32,
}

/// How long the stages of a run took, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RunTimings {
    /// Reading the snapshot and counting stale weeks.
    pub count: f64,
    /// Building the cube and scoring segments.
    pub score: f64,
    /// Reviewing decisions.
    pub review: f64,
    /// The publishing transaction.
    pub publish: f64,
}

/// How long a run counts as alive after its process has renewed it: longer than a writer waits for another one.
pub const RUN_LEASE: Duration = Duration::from_secs(90);

/// By how much the clocks of processes may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);

/// Between two runs of a schedule lies less than this.
const CLOCK_GAP: Duration = Duration::from_hours(14 * 24);

/// Renews a run that is at work.
pub async fn renew<C: ConnectionTrait>(connection: &C, id: RunId, now: Timestamp) -> Result<(), StoreError> {
    let change = ActiveModel { alive_until: Set(Some(now.plus(RUN_LEASE))), ..Default::default() };
    Entity::update_many().set(change).filter(at_work(id)).exec(connection).await?;
    Ok(())
}

/// The runs that belong to no slot and that nobody works on any more, oldest first.
pub async fn orphans<C: ConnectionTrait>(connection: &C, now: Timestamp) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find().filter(Column::State.eq(RunState::Running)).filter(Column::Job.is_null());
    Ok(select.filter(is_gone(now)).order_by_asc(Column::Id).all(connection).await?)
}

/// True for runs whose lease has expired, or lasts longer than any can: then a clock was ahead.
fn is_gone(now: Timestamp) -> Condition {
    let longest = now.plus(RUN_LEASE + CLOCK_TOLERANCE);
    Condition::any().add(Column::AliveUntil.lt(now)).add(Column::AliveUntil.gt(longest))
}

/// Ends a run whose process went away, unless it was renewed meanwhile. Returns whether it did.
pub async fn abandon_orphan<C: ConnectionTrait>(connection: &C, id: RunId, now: Timestamp) -> Result<bool, StoreError> {
    let change = ActiveModel {
        state: Set(RunState::Abandoned),
        finished_at: Set(Some(now)),
        error: Set(Some(ABANDONED_REASON.to_owned())),
        ..Default::default()
    };
    let orphan = at_work(id).add(is_gone(now));
    Ok(Entity::update_many().set(change).filter(orphan).exec(connection).await?.rows_affected == 1)
}

/// Inserts a run that starts now.
pub async fn start<C: ConnectionTrait>(connection: &C, run: NewRun, now: Timestamp) -> Result<RunId, StoreError> {
    let row = ActiveModel {
        id: sea_orm::NotSet,
        trigger: Set(run.trigger),
        job: Set(run.slot.map(|(job, _, _)| job)),
        slot: Set(run.slot.map(|(_, slot, _)| slot)),
        attempt: Set(run.slot.map_or(1, |(_, _, attempt)| attempt)),
        idempotency_key: Set(run.idempotency_key),
        as_of: Set(run.as_of),
        full: Set(run.full),
        reviews: Set(run.reviews),
        state: Set(RunState::Running),
        stage: Set(None),
        share_done: Set(None),
        cancel_requested: Set(false),
        started_at: Set(now),
        finished_at: Set(None),
        alive_until: Set(Some(now.plus(RUN_LEASE))),
        fence: Set(run.fence),
        version: Set(None),
        responses_seen: Set(0),
        weeks_counted: Set(0),
        segments_scored: Set(0),
        decisions_reviewed: Set(0),
        count_seconds: Set(None),
        score_seconds: Set(None),
        review_seconds: Set(None),
        publish_seconds: Set(None),
        error: Set(None),
    };
    Ok(Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// Records that a run succeeded, and what it did.
pub async fn succeed<C: ConnectionTrait>(
    connection: &C,
    id: RunId,
    work: RunResult,
    seconds: RunTimings,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = ActiveModel {
        state: Set(RunState::Succeeded),
        finished_at: Set(Some(now)),
        version: Set(work.version),
        responses_seen: Set(work.responses_seen),
        weeks_counted: Set(work.weeks_counted),
        segments_scored: Set(work.segments_scored),
        decisions_reviewed: Set(work.decisions_reviewed),
        count_seconds: Set(Some(seconds.count)),
        score_seconds: Set(Some(seconds.score)),
        review_seconds: Set(Some(seconds.review)),
        publish_seconds: Set(Some(seconds.publish)),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Records that a run ended without success, and why. If it has ended already, what was recorded then stays.
pub async fn end<C: ConnectionTrait>(
    connection: &C,
    id: RunId,
    state: RunState,
    error: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    end_all(connection, at_work(id), state, error, now).await
}

/// Records the progress of a run, and returns whether its cancellation was requested.
pub async fn write_progress<C: ConnectionTrait>(
    connection: &C,
    id: RunId,
    stage: RunStage,
    share_done: f64,
) -> Result<bool, StoreError> {
    let change = ActiveModel { stage: Set(Some(stage)), share_done: Set(Some(share_done)), ..Default::default() };
    Entity::update_many().set(change).filter(at_work(id)).exec(connection).await?;
    is_cancel_requested(connection, id).await
}

/// True when a run's cancellation was requested.
pub async fn is_cancel_requested<C: ConnectionTrait>(connection: &C, id: RunId) -> Result<bool, StoreError> {
    let query = Entity::find_by_id(id).select_only().column(Column::CancelRequested).into_tuple();
    Ok(query.one(connection).await?.unwrap_or(false))
}

/// Requests the cancellation of a run. Returns false when it has ended.
pub async fn request_cancel<C: ConnectionTrait>(connection: &C, id: RunId) -> Result<bool, StoreError> {
    let change = ActiveModel { cancel_requested: Set(true), ..Default::default() };
    Ok(Entity::update_many().set(change).filter(at_work(id)).exec(connection).await?.rows_affected == 1)
}

/// The error of abandoned runs.
const ABANDONED_REASON: &str = "its process went away before the end; nothing of it was published";

/// Records that a run has acquired the publishing lease, and that the runs of vanished processes are abandoned: those
/// that held the lease before, and those that began to wait for it before `waited_too_long`.
pub async fn start_under_fence<C: ConnectionTrait>(
    connection: &C,
    id: RunId,
    fence: i64,
    waited_too_long: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = ActiveModel { fence: Set(Some(fence)), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    let waiting = Condition::all().add(Column::Fence.is_null()).add(Column::StartedAt.lt(waited_too_long));
    let abandoned = Condition::any().add(Column::Fence.lt(fence)).add(waiting);
    let others = Condition::all().add(Column::State.eq(RunState::Running)).add(abandoned);
    end_all(connection, others, RunState::Abandoned, ABANDONED_REASON, now).await
}

/// Marks the running runs of a job's earlier slots as abandoned.
pub async fn abandon_before_slot<C: ConnectionTrait>(
    connection: &C,
    (job, slot): (Job, Timestamp),
    now: Timestamp,
) -> Result<(), StoreError> {
    let earlier =
        Condition::all().add(Column::State.eq(RunState::Running)).add(Column::Job.eq(job)).add(Column::Slot.lt(slot));
    end_all(connection, earlier, RunState::Abandoned, ABANDONED_REASON, now).await
}

/// Records that the runs of a slot are abandoned: another process has claimed the slot, so that they cannot publish.
pub async fn abandon_for_slot<C: ConnectionTrait>(
    connection: &C,
    (job, slot): (Job, Timestamp),
    now: Timestamp,
) -> Result<(), StoreError> {
    let others =
        Condition::all().add(Column::State.eq(RunState::Running)).add(Column::Job.eq(job)).add(Column::Slot.eq(slot));
    end_all(connection, others, RunState::Abandoned, ABANDONED_REASON, now).await
}

/// The oldest version that was published at or after a timestamp; `None` when none was.
pub async fn oldest_version_since<C: ConnectionTrait>(
    connection: &C,
    timestamp: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let select = Entity::find().filter(Column::Version.is_not_null()).filter(Column::FinishedAt.gte(timestamp));
    Ok(select.order_by_asc(Column::Version).one(connection).await?.and_then(|run| run.version))
}

fn at_work(id: RunId) -> Condition {
    Condition::all().add(Column::Id.eq(id)).add(Column::State.eq(RunState::Running))
}

async fn end_all<C: ConnectionTrait>(
    connection: &C,
    which: Condition,
    state: RunState,
    error: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = ActiveModel {
        state: Set(state),
        finished_at: Set(Some(now)),
        error: Set(Some(error.to_owned())),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(which).exec(connection).await?;
    Ok(())
}

/// The run that a request with this idempotency key started; `None` when the key is free.
pub async fn by_key<C: ConnectionTrait>(connection: &C, key: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::IdempotencyKey.eq(key)).one(connection).await?)
}

/// Frees the idempotency key of a run that did not succeed, so that the request may be repeated.
pub async fn release_key<C: ConnectionTrait>(connection: &C, id: RunId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::IdempotencyKey, Expr::val(None::<String>))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// The runs with these ids; those that do not exist are absent.
pub async fn by_ids<C: ConnectionTrait>(connection: &C, ids: &[RunId]) -> Result<HashMap<RunId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The id of the newest run; `None` before the first.
pub async fn newest_id<C: ConnectionTrait>(connection: &C) -> Result<Option<RunId>, StoreError> {
    let newest = Entity::find().select_only().column(Column::Id).order_by_desc(Column::Id).into_tuple();
    Ok(newest.one(connection).await?)
}

/// The running runs, those that started after the run `than`, and `these`, oldest first.
pub async fn at_work_or_newer<C: ConnectionTrait>(
    connection: &C,
    than: RunId,
    these: &[RunId],
) -> Result<Vec<Model>, StoreError> {
    let which = Condition::any()
        .add(Column::State.eq(RunState::Running))
        .add(Column::Id.gt(than))
        .add(Column::Id.is_in(these.iter().copied()));
    Ok(Entity::find().filter(which).order_by_asc(Column::Id).all(connection).await?)
}

/// One page of runs, newest first.
pub async fn list<C: ConnectionTrait>(connection: &C, page: &PageRequest) -> Result<RowPage<Model>, StoreError> {
    let id = Expr::col((Entity, Column::Id));
    page::fetch(connection, Entity::find(), &SortOrder { key: id.clone(), id, descending: true }, page).await
}

/// How many runs there are.
pub async fn count<C: ConnectionTrait>(connection: &C) -> Result<u64, StoreError> {
    page::count(connection, Entity::find()).await
}

/// A run whose results were dated after the day on which it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MisdatedRun {
    /// The run.
    pub id: RunId,
    /// The day on which it ran.
    pub ran_on: Day,
}

/// The first run that was done while the clock was ahead by weeks; `None` where no run was.
async fn first_ahead<C: ConnectionTrait>(connection: &C, now: Timestamp) -> Result<Option<RunId>, StoreError> {
    let started = |select: Select<Entity>| select.select_only().columns([Column::Id, Column::StartedAt]).into_tuple();
    let future = Entity::find().filter(Column::StartedAt.gt(now)).order_by_asc(Column::Id);
    let found: Option<(RunId, Timestamp)> = started(future).one(connection).await?;
    let Some((first, ahead)) = found else { return Ok(None) };
    let earlier = Entity::find().filter(Column::Id.lt(first)).order_by_desc(Column::Id);
    let before: Option<(RunId, Timestamp)> = started(earlier).one(connection).await?;
    Ok(before.filter(|(_, before)| ahead.since(*before) > CLOCK_GAP).map(|_| first))
}

/// The runs dated after the day on which they ran, oldest first: those of versions that accepted them, and those done while
/// the clock was ahead by weeks. The latter are told by a gap of more than [`CLOCK_GAP`] between two runs with `now`
/// inside: a clock that is behind, or one that was corrected by a little, must not make the work of today look wrong.
pub async fn misdated<C: ConnectionTrait>(
    connection: &C,
    calendar: Calendar,
    now: Timestamp,
) -> Result<Vec<MisdatedRun>, StoreError> {
    let ahead = first_ahead(connection, now).await?;
    // The day of a timestamp depends on the time zone, by less than a day: the database finds the candidates.
    let candidates = Expr::cust("CAST(as_of AS BIGINT) * 86400000000 > started_at - 86400000000");
    let rows: Vec<(RunId, Day, Timestamp)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::AsOf, Column::StartedAt])
        .filter(candidates)
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    let ran_at = |id, started_at| if ahead.is_some_and(|first| id >= first) { now.min(started_at) } else { started_at };
    let dated = rows.into_iter().map(|(id, as_of, started_at)| (id, as_of, calendar.day_of(ran_at(id, started_at))));
    Ok(dated.filter(|(_, as_of, ran_on)| as_of > ran_on).map(|(id, _, ran_on)| MisdatedRun { id, ran_on }).collect())
}
