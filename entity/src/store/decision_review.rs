//! Statements on decision reviews.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::lookup::rows_in;
use super::page::{Position, SortKey};
use super::{CHUNK, StoreError};
use crate::Day;
use crate::decision::DecisionId;
use crate::decision_review::{ActiveModel, Column, Entity, Model, ReviewId};

/// True of the review of a decision with the greatest day.
const IS_NEWEST: &str = "NOT EXISTS (SELECT 1 FROM decision_review newer WHERE newer.decision_id = decision_review.decision_id \
     AND newer.as_of > decision_review.as_of)";

/// The newest review of each of these decisions.
pub async fn newest<C: ConnectionTrait>(
    connection: &C,
    decisions: &[DecisionId],
) -> Result<HashMap<DecisionId, Model>, StoreError> {
    let mut found = HashMap::with_capacity(decisions.len());
    for chunk in decisions.chunks(CHUNK) {
        let rows = Entity::find()
            .filter(Column::DecisionId.is_in(chunk.iter().copied()))
            .filter(Expr::cust(IS_NEWEST))
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.decision_id, row)));
    }
    Ok(found)
}

/// The newest review of every decision, and its verdict.
pub async fn newest_verdicts<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<(DecisionId, ReviewId, String)>, StoreError> {
    let select = Entity::find().select_only().columns([Column::DecisionId, Column::Id, Column::Verdict]);
    Ok(select.filter(Expr::cust(IS_NEWEST)).into_tuple().all(connection).await?)
}

/// The newest review of each of these decisions, of those up to a day.
pub async fn newest_until<C: ConnectionTrait>(
    connection: &C,
    decisions: &[DecisionId],
    until: Day,
) -> Result<HashMap<DecisionId, Model>, StoreError> {
    let mut found = HashMap::with_capacity(decisions.len());
    for chunk in decisions.chunks(CHUNK) {
        let rows = Entity::find()
            .filter(Column::DecisionId.is_in(chunk.iter().copied()))
            .filter(Column::AsOf.lte(until))
            .filter(Expr::cust_with_values(
                "NOT EXISTS (SELECT 1 FROM decision_review newer WHERE newer.decision_id = decision_review.decision_id \
                 AND newer.as_of > decision_review.as_of AND newer.as_of <= $1)",
                [until],
            ))
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.decision_id, row)));
    }
    Ok(found)
}

/// The decisions that have their final review.
pub async fn closed<C: ConnectionTrait>(connection: &C) -> Result<HashSet<DecisionId>, StoreError> {
    let select = Entity::find().select_only().column(Column::DecisionId).filter(Column::IsFinal.eq(true));
    Ok(select.into_tuple::<DecisionId>().all(connection).await?.into_iter().collect())
}

/// The reviews with these ids.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[ReviewId],
) -> Result<HashMap<ReviewId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Writes reviews; one of the same decision and week is replaced and keeps its id.
pub async fn put<C: ConnectionTrait>(connection: &C, reviews: Vec<Model>) -> Result<(), StoreError> {
    let replace = OnConflict::columns([Column::DecisionId, Column::AsOf])
        .update_columns([Column::RunId, Column::IsFinal, Column::Verdict, Column::Effect, Column::Detail])
        .to_owned();
    for chunk in reviews.chunks(CHUNK) {
        let rows = chunk.iter().map(|review| ActiveModel {
            id: sea_orm::NotSet,
            decision_id: Set(review.decision_id),
            as_of: Set(review.as_of),
            run_id: Set(review.run_id),
            is_final: Set(review.is_final),
            verdict: Set(review.verdict.clone()),
            effect: Set(review.effect),
            detail: Set(review.detail.clone()),
        });
        Entity::insert_many(rows).on_conflict(replace.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Where the reviews of each of these decisions stand among them, oldest first: the lists without what they hold.
pub async fn positions<C: ConnectionTrait>(
    connection: &C,
    decisions: &[DecisionId],
) -> Result<HashMap<DecisionId, Vec<Position>>, StoreError> {
    let mut found: HashMap<DecisionId, Vec<Position>> = HashMap::new();
    for chunk in decisions.chunks(CHUNK) {
        let rows: Vec<(DecisionId, Day, ReviewId)> = Entity::find()
            .select_only()
            .columns([Column::DecisionId, Column::AsOf, Column::Id])
            .filter(Column::DecisionId.is_in(chunk.iter().copied()))
            .order_by_asc(Column::AsOf)
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(connection)
            .await?;
        for (decision, as_of, id) in rows {
            found.entry(decision).or_default().push(Position { key: SortKey::Whole(as_of.0.into()), id: id.0 });
        }
    }
    Ok(found)
}

/// Where a review stands among its decision's reviews.
pub fn position(review: &Model) -> Position {
    Position { key: SortKey::Whole(review.as_of.0.into()), id: review.id.0 }
}
