//! Statements on what survey tools sent to webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sea_orm::sea_query::{Condition, Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};

use sha2::Sha256;

use super::StoreError;
use super::page::{self, PageRequest, RowPage, SortOrder};
use crate::Timestamp;
use crate::hook_delivery::{ActiveModel, Column, Entity, HookDeliveryId, HookDeliveryState, HookVendor, Model};
use crate::hook_response;
use crate::response::ResponseId;

/// For how many days deliveries are kept.
pub const KEPT_DAYS: i64 = 30;

/// Which deliveries a list contains; every criterion that is given must match.
#[derive(Clone, Debug, Default)]
pub struct HookDeliveryCriteria {
    /// Who sent it.
    pub vendor: Option<HookVendor>,
    /// What became of it.
    pub state: Option<HookDeliveryState>,
}

/// The keyed digest of a request (HMAC-SHA-256, RFC 2104), by which a replay is known: of its id and of its body, as senders
/// exist that give every request the same id.
pub fn digest(secret: &str, vendor: HookVendor, id: &str, body: &str) -> Vec<u8> {
    // HMAC takes keys of any length: the error of the constructor cannot occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    for part in ["hook", vendor.name(), id, body] {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

/// The delivery with this digest; `None` when it never arrived.
pub async fn by_digest<C: ConnectionTrait>(connection: &C, digest: &[u8]) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Digest.eq(digest.to_vec())).one(connection).await?)
}

/// The delivery with this id; `None` when there is none.
pub async fn by_id<C: ConnectionTrait>(connection: &C, id: HookDeliveryId) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id).one(connection).await?)
}

/// Inserts a delivery, whose id is given by the database. Returns it.
pub async fn insert<C: ConnectionTrait>(connection: &C, delivery: Model) -> Result<HookDeliveryId, StoreError> {
    let row = ActiveModel { id: sea_orm::ActiveValue::NotSet, ..delivery.into_active_model() };
    Ok(Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// Writes what became of a delivery.
pub async fn update<C: ConnectionTrait>(connection: &C, delivery: Model) -> Result<(), StoreError> {
    let Model { id, state, code, reason, attempts, tried_at, payload, persons, .. } = delivery;
    let change = ActiveModel {
        state: Set(state),
        code: Set(code),
        reason: Set(reason),
        attempts: Set(attempts),
        tried_at: Set(tried_at),
        payload: Set(payload),
        persons: Set(persons),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// The waiting deliveries after this one, oldest first, at most `limit`.
pub async fn waiting_after<C: ConnectionTrait>(
    connection: &C,
    after: HookDeliveryId,
    limit: u64,
) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find().filter(Column::State.eq(HookDeliveryState::Waiting)).filter(Column::Id.gt(after));
    Ok(select.order_by_asc(Column::Id).limit(limit).all(connection).await?)
}

/// How many deliveries wait, by vendor, with the arrival of the oldest.
pub async fn waiting<C: ConnectionTrait>(connection: &C) -> Result<Vec<(HookVendor, i64, Timestamp)>, StoreError> {
    let select = Entity::find()
        .select_only()
        .column(Column::Vendor)
        .column_as(Column::Id.count(), "deliveries")
        .column_as(Column::ReceivedAt.min(), "oldest")
        .filter(Column::State.eq(HookDeliveryState::Waiting))
        .group_by(Column::Vendor)
        .order_by_asc(Column::Vendor);
    Ok(select.into_tuple().all(connection).await?)
}

/// True when a delivery arrived before this time.
pub async fn is_any_before<C: ConnectionTrait>(connection: &C, time: Timestamp) -> Result<bool, StoreError> {
    let select = Entity::find().select_only().column(Column::Id).filter(Column::ReceivedAt.lt(time));
    Ok(select.limit(1).into_tuple::<HookDeliveryId>().one(connection).await?.is_some())
}

/// Deletes the deliveries that arrived before this time. Returns how many of them were waiting, and how many there were.
pub async fn delete_before<C: ConnectionTrait>(connection: &C, time: Timestamp) -> Result<(u64, u64), StoreError> {
    let old = || Entity::delete_many().filter(Column::ReceivedAt.lt(time));
    let waiting = old().filter(Column::State.eq(HookDeliveryState::Waiting)).exec(connection).await?.rows_affected;
    Ok((waiting, waiting + old().exec(connection).await?.rows_affected))
}

/// Deletes these deliveries.
pub async fn delete<C: ConnectionTrait>(connection: &C, ids: &[HookDeliveryId]) -> Result<(), StoreError> {
    for chunk in ids.chunks(super::CHUNK) {
        Entity::delete_many().filter(Column::Id.is_in(chunk.to_vec())).exec(connection).await?;
    }
    Ok(())
}

/// One page of the deliveries that match the criteria, newest first.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    criteria: &HookDeliveryCriteria,
    page: &PageRequest,
) -> Result<RowPage<Model>, StoreError> {
    let id = Expr::col((Entity, Column::Id));
    page::fetch(connection, select(criteria), &SortOrder { key: id.clone(), id, descending: true }, page).await
}

/// The number of deliveries that match the criteria.
pub async fn count<C: ConnectionTrait>(connection: &C, criteria: &HookDeliveryCriteria) -> Result<u64, StoreError> {
    page::count(connection, select(criteria)).await
}

fn select(criteria: &HookDeliveryCriteria) -> Select<Entity> {
    let all = Condition::all()
        .add_option(criteria.vendor.map(|vendor| Column::Vendor.eq(vendor)))
        .add_option(criteria.state.map(|state| Column::State.eq(state)));
    Entity::find().filter(all)
}

/// How recent what a webhook said of a response is; `None` when none said anything.
pub async fn freshness<C: ConnectionTrait>(
    connection: &C,
    response: ResponseId,
) -> Result<Option<hook_response::Model>, StoreError> {
    Ok(hook_response::Entity::find_by_id(response).one(connection).await?)
}

/// Writes how recent what a webhook said of a response is.
pub async fn put_freshness<C: ConnectionTrait>(
    connection: &C,
    freshness: hook_response::Model,
) -> Result<(), StoreError> {
    let columns = [hook_response::Column::UpdatedAt, hook_response::Column::ReceivedAt];
    let replace = OnConflict::column(hook_response::Column::ResponseId).update_columns(columns).to_owned();
    let row = freshness.into_active_model();
    hook_response::Entity::insert(row).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}
