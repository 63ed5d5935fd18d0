//! Statements on derived dimensions: registering one for a condition, and retiring it.

use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Set};

use super::{StoreError, reintern};
use crate::Condition;
use crate::derived_dimension::{ActiveModel, Column, DerivedDimensionId, Entity, Model};

/// All derived dimensions, by id.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Id).all(connection).await?)
}

/// Registers a derived dimension for a condition on a high-cardinality attribute, and interns every response that
/// matches the condition again.
pub async fn register<C: ConnectionTrait>(
    connection: &C,
    condition: &Condition,
) -> Result<DerivedDimensionId, StoreError> {
    let row = ActiveModel {
        name: Set(condition.name.clone()),
        predicate: Set(condition.to_text()),
        digest: Set(condition.digest()),
        ..Default::default()
    };
    let id = Entity::insert(row).exec(connection).await?.last_insert_id;
    reintern::derive(connection, id, condition).await?;
    Ok(id)
}

/// Retires a derived dimension: its attribute is removed from all profiles.
pub async fn retire<C: ConnectionTrait>(connection: &C, id: DerivedDimensionId) -> Result<(), StoreError> {
    reintern::remove(connection, &id.attribute()).await?;
    Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}
