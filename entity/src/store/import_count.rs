//! Statements on the counts of imported rows.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use super::StoreError;
use crate::import_count::{ActiveModel, Column, Entity, ImportKind, ImportOutcome, Model};

/// Adds rows to the counts. Call it in the transaction that writes the rows, so that a killed process loses both or
/// neither.
pub async fn add<C: ConnectionTrait>(
    connection: &C,
    kind: ImportKind,
    rows: impl IntoIterator<Item = (ImportOutcome, u64)>,
) -> Result<(), StoreError> {
    let counted = rows.into_iter().filter(|(_, rows)| *rows > 0);
    let counts: Vec<ActiveModel> = counted
        .map(|(outcome, rows)| ActiveModel {
            kind: Set(kind),
            outcome: Set(outcome),
            rows: Set(i64::try_from(rows).expect("no import has so many rows")),
        })
        .collect();
    if counts.is_empty() {
        return Ok(());
    }
    let sum = Expr::col((Entity, Column::Rows)).add(Expr::col(("excluded", Column::Rows)));
    let add = OnConflict::columns([Column::Kind, Column::Outcome]).value(Column::Rows, sum).to_owned();
    Entity::insert_many(counts).on_conflict(add).exec_without_returning(connection).await?;
    Ok(())
}

/// All counts; a combination that never occurred is absent.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().all(connection).await?)
}
