//! Statements on slots: claimed by one process at a time, each claim with a greater fence than the one before.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use super::StoreError;
use crate::Timestamp;
use crate::slot::{ActiveModel, Column, Entity, Job, Model, SlotState};

/// A process's claim on a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotClaim {
    /// The job that is scheduled.
    pub job: Job,
    /// The scheduled time, in UTC.
    pub slot: Timestamp,
    /// The fence of the claim, which its every write must match.
    pub fence: i64,
}

/// Records slots; those that are recorded already stay as they are.
pub async fn put_new<C: ConnectionTrait>(connection: &C, slots: Vec<Model>) -> Result<(), StoreError> {
    let keep = OnConflict::columns([Column::Job, Column::Slot]).do_nothing().to_owned();
    for chunk in slots.chunks(super::CHUNK) {
        let rows = chunk.iter().map(|slot| slot.clone().into_active_model());
        Entity::insert_many(rows).on_conflict(keep.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// A job's slots that have not ended, oldest first.
pub async fn open<C: ConnectionTrait>(connection: &C, job: Job) -> Result<Vec<Model>, StoreError> {
    let open = Column::State.is_in([SlotState::Due, SlotState::Running]);
    Ok(Entity::find().filter(Column::Job.eq(job)).filter(open).order_by_asc(Column::Slot).all(connection).await?)
}

/// A job's newest slots, newest first.
pub async fn newest<C: ConnectionTrait>(connection: &C, job: Job, limit: u64) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find().filter(Column::Job.eq(job)).order_by_desc(Column::Slot).limit(limit);
    Ok(select.all(connection).await?)
}

/// How many slots of each job are in each state.
pub async fn counts<C: ConnectionTrait>(connection: &C) -> Result<Vec<(Job, SlotState, i64)>, StoreError> {
    let select = Entity::find()
        .select_only()
        .columns([Column::Job, Column::State])
        .column_as(Column::Slot.count(), "slots")
        .group_by(Column::Job)
        .group_by(Column::State);
    Ok(select.into_tuple().all(connection).await?)
}

/// Claims a slot as it was read: `None` when another process was faster. Call it in a writing transaction that also
/// checks that no other slot of the job is claimed.
pub async fn claim<C: ConnectionTrait>(
    connection: &C,
    slot: &Model,
    owner: &str,
    held_until: Timestamp,
) -> Result<Option<SlotClaim>, StoreError> {
    let fence = slot.fence + 1;
    let change = ActiveModel {
        state: Set(SlotState::Running),
        owner: Set(owner.to_owned()),
        held_until: Set(held_until),
        fence: Set(fence),
        attempts: Set(slot.attempts + 1),
        ..Default::default()
    };
    let claimed = of(slot.job, slot.slot, slot.fence, Entity::update_many().set(change))
        .filter(Column::State.eq(slot.state))
        .exec(connection)
        .await?;
    Ok((claimed.rows_affected == 1).then_some(SlotClaim { job: slot.job, slot: slot.slot, fence }))
}

/// Renews a claim. Returns false when it was lost: another process claimed the slot after the claim expired, or the
/// slot has ended.
pub async fn renew<C: ConnectionTrait>(
    connection: &C,
    claim: SlotClaim,
    held_until: Timestamp,
) -> Result<bool, StoreError> {
    let change = ActiveModel { held_until: Set(held_until), ..Default::default() };
    let renewed = held(claim, Entity::update_many().set(change)).exec(connection).await?;
    Ok(renewed.rows_affected == 1)
}

/// Records how a slot ended. Returns false when the claim was lost: then nothing is written.
pub async fn settle<C: ConnectionTrait>(
    connection: &C,
    claim: SlotClaim,
    state: SlotState,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let change = ActiveModel {
        state: Set(state),
        finished_at: Set(Some(now)),
        error: Set(error.map(str::to_owned)),
        ..Default::default()
    };
    let settled = held(claim, Entity::update_many().set(change)).exec(connection).await?;
    Ok(settled.rows_affected == 1)
}

/// Settles the open slots of a job before the claimed one: its run has done their work. Whoever still holds one loses it.
pub async fn settle_earlier<C: ConnectionTrait>(
    connection: &C,
    claim: SlotClaim,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = ActiveModel {
        state: Set(SlotState::Succeeded),
        finished_at: Set(Some(now)),
        error: Set(Some("done with a later slot".to_owned())),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .filter(Column::Job.eq(claim.job))
        .filter(Column::Slot.lt(claim.slot))
        .filter(Column::State.is_in([SlotState::Due, SlotState::Running]))
        .exec(connection)
        .await?;
    super::run::abandon_before_slot(connection, (claim.job, claim.slot), now).await
}

/// Makes a slot claimable again from `not_before` on. Returns false when the claim was lost.
///
/// `counts` is false when this attempt is not to be counted, because nothing went wrong with it.
pub async fn give_back<C: ConnectionTrait>(
    connection: &C,
    claim: SlotClaim,
    not_before: Timestamp,
    error: &str,
    counts: bool,
) -> Result<bool, StoreError> {
    let change = ActiveModel {
        state: Set(SlotState::Due),
        not_before: Set(not_before),
        held_until: Set(Timestamp(0)),
        error: Set(Some(error.to_owned())),
        ..Default::default()
    };
    let uncounted = Expr::col(Column::Attempts).sub(i32::from(!counts));
    let update = Entity::update_many().set(change).col_expr(Column::Attempts, uncounted);
    Ok(held(claim, update).exec(connection).await?.rows_affected == 1)
}

/// Deletes slots of the future: all after `far`, and those after `soon` that no run has done. Returns their number.
/// What was delivered for them stays, so that nothing is sent twice.
pub async fn take_back<C: ConnectionTrait>(
    connection: &C,
    job: Job,
    soon: Timestamp,
    far: Timestamp,
) -> Result<u64, StoreError> {
    let done = Column::State.is_in([SlotState::Succeeded, SlotState::Cancelled]);
    let undone = Condition::all().add(Column::Slot.gt(soon)).add(done.not());
    let wrong = Condition::any().add(Column::Slot.gt(far)).add(undone);
    let deleted = Entity::delete_many().filter(Column::Job.eq(job)).filter(wrong).exec(connection).await?;
    Ok(deleted.rows_affected)
}

/// The slots of all jobs after a timestamp, and the newest of them; `None` without any.
pub async fn after<C: ConnectionTrait>(
    connection: &C,
    soon: Timestamp,
) -> Result<Option<(u64, Timestamp)>, StoreError> {
    let found = Entity::find().filter(Column::Slot.gt(soon)).order_by_desc(Column::Slot);
    let slots = found.clone().count(connection).await?;
    Ok(found.one(connection).await?.map(|newest| (slots, newest.slot)))
}

fn held(claim: SlotClaim, update: sea_orm::UpdateMany<Entity>) -> sea_orm::UpdateMany<Entity> {
    of(claim.job, claim.slot, claim.fence, update).filter(Column::State.eq(SlotState::Running))
}

fn of(job: Job, slot: Timestamp, fence: i64, update: sea_orm::UpdateMany<Entity>) -> sea_orm::UpdateMany<Entity> {
    update.filter(Column::Job.eq(job)).filter(Column::Slot.eq(slot)).filter(Column::Fence.eq(fence))
}
