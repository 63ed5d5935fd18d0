//! Statements on deliveries: each is claimed before it is sent, so that none is sent twice.

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, Set,
};

use super::page::{self, PageRequest, RowPage, SortOrder};
use super::{StoreError, slot};
use crate::Timestamp;
use crate::delivery::{ActiveModel, Column, DeliveryChannel, DeliveryId, DeliveryState, Entity, Model};
use crate::slot::{Job, SlotState};

/// Why a delivery is uncertain.
const GONE_REASON: &str = "its process went away while it was sent";

/// Which deliveries a list contains; every criterion that is given must match.
#[derive(Clone, Debug, Default)]
pub struct DeliveryCriteria {
    /// The job whose report it is.
    pub job: Option<Job>,
    /// The state of the delivery.
    pub state: Option<DeliveryState>,
}

/// One report of one slot for one recipient that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// By which channel it is sent.
    pub channel: DeliveryChannel,
    /// The recipient, without secrets.
    pub destination: String,
    /// True when sending it twice does no harm.
    pub is_repeatable: bool,
}

/// The result of claiming a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryClaim {
    /// The caller is to send it now.
    Yes(DeliveryId),
    /// It has this state already, or this call gave it the state; nothing is to be sent.
    Settled(DeliveryState),
    /// Another process has claimed the slot.
    LostSlot,
}

/// Claims a delivery of a slot. One that another process was sending when the slot's claim expired becomes uncertain,
/// unless it is repeatable.
pub async fn claim(
    transaction: &DatabaseTransaction,
    claim: slot::SlotClaim,
    delivery: &NewDelivery,
    now: Timestamp,
    held_until: Timestamp,
) -> Result<DeliveryClaim, StoreError> {
    // Renewing the slot locks its row until the end of this transaction, so that claims of its deliveries are
    // serialized.
    if !slot::renew(transaction, claim, held_until).await? {
        return Ok(DeliveryClaim::LostSlot);
    }
    let Some(existing) = find(transaction, claim, delivery).await? else {
        return insert(transaction, claim, delivery, now).await;
    };
    match existing.state {
        DeliveryState::Sent | DeliveryState::Refused | DeliveryState::Uncertain => {
            Ok(DeliveryClaim::Settled(existing.state))
        }
        DeliveryState::Sending if !delivery.is_repeatable => {
            let change = ActiveModel {
                state: Set(DeliveryState::Uncertain),
                finished_at: Set(Some(now)),
                error: Set(Some(GONE_REASON.to_owned())),
                ..Default::default()
            };
            Entity::update_many().set(change).filter(Column::Id.eq(existing.id)).exec(transaction).await?;
            Ok(DeliveryClaim::Settled(DeliveryState::Uncertain))
        }
        DeliveryState::Sending | DeliveryState::Failed => {
            let change = ActiveModel {
                state: Set(DeliveryState::Sending),
                fence: Set(claim.fence),
                attempts: Set(existing.attempts + 1),
                tried_at: Set(now),
                error: Set(None),
                ..Default::default()
            };
            Entity::update_many().set(change).filter(Column::Id.eq(existing.id)).exec(transaction).await?;
            Ok(DeliveryClaim::Yes(existing.id))
        }
    }
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    claim: slot::SlotClaim,
    delivery: &NewDelivery,
) -> Result<Option<Model>, StoreError> {
    let select = Entity::find()
        .filter(Column::Job.eq(claim.job))
        .filter(Column::Slot.eq(claim.slot))
        .filter(Column::Channel.eq(delivery.channel))
        .filter(Column::Destination.eq(delivery.destination.as_str()));
    Ok(select.one(connection).await?)
}

async fn insert<C: ConnectionTrait>(
    connection: &C,
    claim: slot::SlotClaim,
    delivery: &NewDelivery,
    now: Timestamp,
) -> Result<DeliveryClaim, StoreError> {
    let row = ActiveModel {
        id: sea_orm::NotSet,
        job: Set(claim.job),
        slot: Set(claim.slot),
        channel: Set(delivery.channel),
        destination: Set(delivery.destination.clone()),
        state: Set(DeliveryState::Sending),
        fence: Set(claim.fence),
        attempts: Set(1),
        tried_at: Set(now),
        finished_at: Set(None),
        error: Set(None),
    };
    Ok(DeliveryClaim::Yes(Entity::insert(row).exec(connection).await?.last_insert_id))
}

/// Marks as uncertain what processes were sending for slots of a job that no process works on any more.
pub async fn leave_uncertain<C: ConnectionTrait>(connection: &C, job: Job, now: Timestamp) -> Result<u64, StoreError> {
    let change = ActiveModel {
        state: Set(DeliveryState::Uncertain),
        finished_at: Set(Some(now)),
        error: Set(Some(GONE_REASON.to_owned())),
        ..Default::default()
    };
    let open = crate::slot::Entity::find()
        .select_only()
        .column(crate::slot::Column::Slot)
        .filter(crate::slot::Column::Job.eq(job))
        .filter(crate::slot::Column::State.is_in([SlotState::Due, SlotState::Running]));
    let left = Entity::update_many()
        .set(change)
        .filter(Column::Job.eq(job))
        .filter(Column::State.eq(DeliveryState::Sending))
        .filter(Column::Slot.not_in_subquery(open.into_query()));
    Ok(left.exec(connection).await?.rows_affected)
}

/// Records the outcome of a delivery that was claimed under a fence, also when it has been declared uncertain
/// meanwhile: the process that sent it has certainty. Returns false when another process is attempting it by now.
pub async fn settle<C: ConnectionTrait>(
    connection: &C,
    id: DeliveryId,
    fence: i64,
    state: DeliveryState,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let change = ActiveModel {
        state: Set(state),
        finished_at: Set((state != DeliveryState::Failed).then_some(now)),
        error: Set(error.map(str::to_owned)),
        ..Default::default()
    };
    let settled = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::Fence.eq(fence))
        .filter(Column::State.is_in([DeliveryState::Sending, DeliveryState::Uncertain]))
        .exec(connection)
        .await?;
    Ok(settled.rows_affected == 1)
}

/// One page of the deliveries that match the criteria, newest first.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    criteria: &DeliveryCriteria,
    page: &PageRequest,
) -> Result<RowPage<Model>, StoreError> {
    let id = Expr::col((Entity, Column::Id));
    page::fetch(connection, select(criteria), &SortOrder { key: id.clone(), id, descending: true }, page).await
}

/// The number of deliveries that match the criteria.
pub async fn count<C: ConnectionTrait>(connection: &C, criteria: &DeliveryCriteria) -> Result<u64, StoreError> {
    page::count(connection, select(criteria)).await
}

/// The deliveries of the newest slot of a report that has any; empty when there is none.
pub async fn of_newest_slot<C: ConnectionTrait>(connection: &C, job: Job) -> Result<Vec<Model>, StoreError> {
    let newest = Entity::find()
        .select_only()
        .column(Column::Slot)
        .filter(Column::Job.eq(job))
        .order_by_desc(Column::Slot)
        .limit(1)
        .into_tuple::<Timestamp>();
    let Some(slot) = newest.one(connection).await? else { return Ok(Vec::new()) };
    let select = Entity::find().filter(Column::Job.eq(job)).filter(Column::Slot.eq(slot)).order_by_asc(Column::Id);
    Ok(select.all(connection).await?)
}

fn select(criteria: &DeliveryCriteria) -> Select<Entity> {
    let all = Condition::all()
        .add_option(criteria.job.map(|job| Column::Job.eq(job)))
        .add_option(criteria.state.map(|state| Column::State.eq(state)));
    Entity::find().filter(all)
}
