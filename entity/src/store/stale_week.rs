//! Statements on the marks of weeks that must be counted again.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use super::{CHUNK, StoreError};
use crate::Day;
use crate::stale_week::{ActiveModel, Column, Entity, Model};

/// Marks the weeks of these days. Call it in the transaction that changes their responses.
pub async fn mark<C: ConnectionTrait>(connection: &C, days: impl IntoIterator<Item = Day>) -> Result<(), StoreError> {
    let weeks: BTreeSet<Day> = days.into_iter().map(Day::monday).collect();
    let rows: Vec<ActiveModel> =
        weeks.into_iter().map(|week| ActiveModel { week: Set(week), ..Default::default() }).collect();
    for chunk in rows.chunks(CHUNK) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// All marks in the snapshot of the connection.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().all(connection).await?)
}

/// Deletes exactly these marks: one that a later write has added stays for the next run.
pub async fn delete<C: ConnectionTrait>(connection: &C, marks: &[Model]) -> Result<(), StoreError> {
    for chunk in marks.chunks(CHUNK) {
        Entity::delete_many().filter(Column::Id.is_in(chunk.iter().map(|mark| mark.id))).exec(connection).await?;
    }
    Ok(())
}
