//! Statements on leases: one holder at a time, each with a greater fence than the holder before.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::StoreError;
use crate::Timestamp;
use crate::lease::{ActiveModel, Column, Entity, Model};

/// Acquires a lease that is free, has expired, or is held beyond `longest`, as only a clock that was ahead can have made
/// it. Returns its fence, or `None` while another process holds it.
pub async fn take<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    owner: &str,
    now: Timestamp,
    held_until: Timestamp,
    longest: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let row = ActiveModel {
        name: Set(name.to_owned()),
        owner: Set(owner.to_owned()),
        fence: Set(1),
        held_until: Set(held_until),
    };
    let fence = Expr::col((Entity, Column::Fence));
    let until = || Expr::col((Entity, Column::HeldUntil));
    let free = until().lt(now).or(until().gt(longest));
    let take_over = OnConflict::column(Column::Name)
        .update_columns([Column::Owner, Column::HeldUntil])
        .value(Column::Fence, fence.add(1))
        .action_and_where(free)
        .to_owned();
    let taken = Entity::insert(row).on_conflict(take_over).exec_without_returning(connection).await?;
    if taken == 0 {
        return Ok(None);
    }
    let lease = Entity::find_by_id(name.to_owned()).one(connection).await?;
    Ok(lease.filter(|lease| lease.owner == owner).map(|lease| lease.fence))
}

/// Renews a lease. Returns false when it was lost: another process acquired it after it had expired.
pub async fn renew<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    fence: i64,
    held_until: Timestamp,
) -> Result<bool, StoreError> {
    let renewed = Entity::update_many()
        .col_expr(Column::HeldUntil, Expr::val(held_until))
        .filter(Column::Name.eq(name))
        .filter(Column::Fence.eq(fence))
        .exec(connection)
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// Releases a lease; also one of another holder that is certain to have vanished.
pub async fn release<C: ConnectionTrait>(connection: &C, name: &str, fence: i64) -> Result<(), StoreError> {
    renew(connection, name, fence, Timestamp(0)).await?;
    Ok(())
}

/// The lease of this name, held or not; `None` when no process ever acquired it.
pub async fn current<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(name.to_owned()).one(connection).await?)
}

/// All leases that were ever acquired, held or not, by name.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Name).all(connection).await?)
}
