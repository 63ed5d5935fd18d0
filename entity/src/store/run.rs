//! Statements on runs.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::StoreError;
use super::lookup::rows_in;
use super::page::{self, Page, Rows, Sort};
use crate::run::{ActiveModel, Column, Entity, Model, RunId, RunState, RunTrigger};
use crate::{Day, Timestamp};

/// A run that is about to start.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// What starts it.
    pub trigger: RunTrigger,
    /// The idempotency key of the request.
    pub idempotency_key: Option<String>,
    /// The day from which it looks back.
    pub as_of: Day,
    /// True to rebuild everything from the raw responses.
    pub full: bool,
    /// The fence of the lease under which it starts; `None` when it has to wait for its turn.
    pub fence: Option<i64>,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The version it published, if any.
    pub version: Option<i64>,
    /// Scored responses its figures rest on.
    pub responses_seen: i64,
    /// Weeks counted again.
    pub weeks_counted: i32,
    /// Segments scored.
    pub segments_scored: i32,
    /// Decisions reviewed.
    pub decisions_reviewed: i32,
}

/// Writes a run that starts now.
pub async fn start<C: ConnectionTrait>(connection: &C, run: NewRun, now: Timestamp) -> Result<RunId, StoreError> {
    let row = ActiveModel {
        id: sea_orm::NotSet,
        trigger: Set(run.trigger),
        slot: Set(None),
        idempotency_key: Set(run.idempotency_key),
        as_of: Set(run.as_of),
        full: Set(run.full),
        state: Set(RunState::Running),
        started_at: Set(now),
        finished_at: Set(None),
        fence: Set(run.fence),
        version: Set(None),
        responses_seen: Set(0),
        weeks_counted: Set(0),
        segments_scored: Set(0),
        decisions_reviewed: Set(0),
        error: Set(None),
    };
    Ok(Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// Writes that a run succeeded, and what it did.
pub async fn succeed<C: ConnectionTrait>(
    connection: &C,
    id: RunId,
    work: Work,
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
        ..Default::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Writes that a run failed, and why.
pub async fn fail<C: ConnectionTrait>(
    connection: &C,
    id: RunId,
    error: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    end(connection, Column::Id.eq(id).into(), RunState::Failed, error, now).await
}

/// Writes that it is a run's turn, and that the runs which vanished processes left behind are abandoned: those that
/// held the lease before, and those that began to wait for it before `waited_too_long`.
pub async fn take_turn<C: ConnectionTrait>(
    connection: &C,
    id: RunId,
    fence: i64,
    waited_too_long: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = ActiveModel { fence: Set(Some(fence)), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    let waiting = Condition::all().add(Column::Fence.is_null()).add(Column::StartedAt.lt(waited_too_long));
    let gone = Condition::any().add(Column::Fence.lt(fence)).add(waiting);
    let others = Condition::all().add(Column::State.eq(RunState::Running)).add(gone);
    let error = "its process went away before the end; nothing of it was published";
    end(connection, others, RunState::Abandoned, error, now).await
}

/// The oldest version that was published at or after a moment; `None` when none was.
pub async fn oldest_version_since<C: ConnectionTrait>(
    connection: &C,
    moment: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let select = Entity::find().filter(Column::Version.is_not_null()).filter(Column::FinishedAt.gte(moment));
    Ok(select.order_by_asc(Column::Version).one(connection).await?.and_then(|run| run.version))
}

async fn end<C: ConnectionTrait>(
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

/// The run that a request with this idempotency key started.
pub async fn by_key<C: ConnectionTrait>(connection: &C, key: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::IdempotencyKey.eq(key)).one(connection).await?)
}

/// Frees the idempotency key of a run that did not succeed, so that it may be tried again.
pub async fn release_key<C: ConnectionTrait>(connection: &C, id: RunId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::IdempotencyKey, Expr::val(None::<String>))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// The runs with these ids.
pub async fn by_ids<C: ConnectionTrait>(connection: &C, ids: &[RunId]) -> Result<HashMap<RunId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// One page of runs, newest first.
pub async fn list<C: ConnectionTrait>(connection: &C, page: &Page) -> Result<Rows<Model>, StoreError> {
    let id = Expr::col((Entity, Column::Id));
    page::fetch(connection, Entity::find(), &Sort { key: id.clone(), id, descending: true }, page).await
}

/// How many runs there are.
pub async fn count<C: ConnectionTrait>(connection: &C) -> Result<u64, StoreError> {
    page::count(connection, Entity::find()).await
}
