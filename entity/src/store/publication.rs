//! Statements on the row that names the published version.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use super::StoreError;
use crate::publication::{ActiveModel, Column, Entity, Model};

/// The published version; `None` before the first run.
pub async fn current<C: ConnectionTrait>(connection: &C) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(1).one(connection).await?)
}

/// Counts an erasure: every process drops the version that it holds in memory, and loads it again without the person.
pub async fn count_erasure<C: ConnectionTrait>(connection: &C) -> Result<(), StoreError> {
    let one_more = Expr::col(Column::Erasures).add(1);
    Entity::update_many().col_expr(Column::Erasures, one_more).exec(connection).await?;
    Ok(())
}

/// Replaces the published version; erasures stay counted.
pub async fn put<C: ConnectionTrait>(connection: &C, publication: Model) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(1),
        version: Set(publication.version),
        run_id: Set(publication.run_id),
        as_of: Set(publication.as_of),
        answers_before: Set(publication.answers_before),
        erasures: Set(publication.erasures),
    };
    let replace = OnConflict::column(Column::Id)
        .update_columns([Column::Version, Column::RunId, Column::AsOf, Column::AnswersBefore])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}
