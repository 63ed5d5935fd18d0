//! Statements on what erasures still have to remove from the files of the database.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::StoreError;
use crate::Timestamp;
use crate::pending_removal::{ActiveModel, Column, Entity, Model, PendingRemovalId};

/// Records an erasure, in its transaction.
pub async fn add<C: ConnectionTrait>(
    connection: &C,
    erased_at: Timestamp,
    due_at: Timestamp,
) -> Result<PendingRemovalId, StoreError> {
    let row = ActiveModel { erased_at: Set(erased_at), due_at: Set(due_at), ..Default::default() };
    Ok(Entity::insert(row).exec(connection).await?.last_insert_id)
}

/// All pending removals, oldest first.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Id).all(connection).await?)
}

/// Deletes those up to this one: the files were rewritten after it.
pub async fn done<C: ConnectionTrait>(connection: &C, last: PendingRemovalId) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::Id.lte(last)).exec(connection).await?;
    Ok(())
}
