//! Statements on API tokens.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::StoreError;
use crate::Timestamp;
use crate::token::{ActiveModel, Column, Entity, Model, Role};

/// Inserts a token. A second one in force under the same name is a conflict.
pub async fn insert<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    role: Role,
    digest: Vec<u8>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: sea_orm::NotSet,
        name: Set(name.to_owned()),
        role: Set(role),
        digest: Set(digest),
        created_at: Set(now),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec(connection).await?;
    Ok(())
}

/// The token in force with this digest; `None` when it does not exist or is revoked.
pub async fn in_force<C: ConnectionTrait>(connection: &C, digest: &[u8]) -> Result<Option<Model>, StoreError> {
    let select = Entity::find().filter(Column::Digest.eq(digest.to_vec())).filter(Column::RevokedAt.is_null());
    Ok(select.one(connection).await?)
}

/// All tokens, oldest first.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Id).all(connection).await?)
}

/// Revokes the token in force under this name. Returns false when there is none.
pub async fn revoke<C: ConnectionTrait>(connection: &C, name: &str, now: Timestamp) -> Result<bool, StoreError> {
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::val(Some(now)))
        .filter(Column::Name.eq(name))
        .filter(Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(revoked.rows_affected == 1)
}
