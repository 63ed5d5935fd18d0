//! Statements on sessions.

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Set};

use super::StoreError;
use crate::Timestamp;
use crate::session::{ActiveModel, Column, Entity, Model};
use crate::token;

/// Inserts a session; its `id` is ignored. Expired sessions are deleted at the same time.
pub async fn begin<C: ConnectionTrait>(connection: &C, session: Model) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::ExpiresAt.lte(session.created_at)).exec(connection).await?;
    let row = ActiveModel {
        id: sea_orm::NotSet,
        digest: Set(session.digest),
        token_id: Set(session.token_id),
        name: Set(session.name),
        role: Set(session.role),
        created_at: Set(session.created_at),
        expires_at: Set(session.expires_at),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// The session with this digest; `None` when it has expired or its token is revoked.
pub async fn in_force<C: ConnectionTrait>(
    connection: &C,
    digest: &[u8],
    now: Timestamp,
) -> Result<Option<Model>, StoreError> {
    let tokens = Query::select()
        .column(token::Column::Id)
        .from(token::Entity)
        .and_where(Expr::col(token::Column::RevokedAt).is_null())
        .to_owned();
    let token = Condition::any().add(Column::TokenId.is_null()).add(Column::TokenId.in_subquery(tokens));
    let select =
        Entity::find().filter(Column::Digest.eq(digest.to_vec())).filter(Column::ExpiresAt.gt(now)).filter(token);
    Ok(select.one(connection).await?)
}

/// Ends the session with this digest. Returns false when there is none.
pub async fn end<C: ConnectionTrait>(connection: &C, digest: &[u8]) -> Result<bool, StoreError> {
    let ended = Entity::delete_many().filter(Column::Digest.eq(digest.to_vec())).exec(connection).await?;
    Ok(ended.rows_affected > 0)
}

/// Ends every session of a person; returns how many there were.
pub async fn end_all_of<C: ConnectionTrait>(connection: &C, name: &str) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::Name.eq(name)).exec(connection).await?.rows_affected)
}
