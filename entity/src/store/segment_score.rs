//! Statements on segment scores: each row is valid from one published version until another.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::{CHUNK, StoreError};
use crate::Day;
use crate::segment::SegmentId;
use crate::segment_score::{ActiveModel, Column, Entity, Model};

/// Every score of a published version, by segment and week.
pub async fn of_version<C: ConnectionTrait>(connection: &C, version: i64) -> Result<Vec<Model>, StoreError> {
    let select = Entity::find().filter(valid_at(version));
    Ok(select.order_by_asc(Column::SegmentId).order_by_asc(Column::Week).all(connection).await?)
}

/// The scores of these segments in a published version, by week; `from <= week < until` where given.
pub async fn of_segments<C: ConnectionTrait>(
    connection: &C,
    version: i64,
    segments: &[SegmentId],
    from: Option<Day>,
    until: Option<Day>,
) -> Result<HashMap<SegmentId, Vec<Model>>, StoreError> {
    let weeks = Condition::all()
        .add_option(from.map(|day| Column::Week.gte(day)))
        .add_option(until.map(|day| Column::Week.lt(day)));
    let mut scores: HashMap<SegmentId, Vec<Model>> = HashMap::new();
    for chunk in segments.chunks(CHUNK) {
        let rows = Entity::find()
            .filter(valid_at(version))
            .filter(Column::SegmentId.is_in(chunk.iter().copied()))
            .filter(weeks.clone())
            .order_by_asc(Column::Week)
            .all(connection)
            .await?;
        for row in rows {
            scores.entry(row.segment_id).or_default().push(row);
        }
    }
    Ok(scores)
}

fn valid_at(version: i64) -> Condition {
    Condition::all()
        .add(Column::ValidFrom.lte(version))
        .add(Condition::any().add(Column::ValidUntil.is_null()).add(Column::ValidUntil.gt(version)))
}

/// Ends the valid rows of these segment weeks: they are no longer part of version `until`.
pub async fn end<C: ConnectionTrait>(
    connection: &C,
    segment: SegmentId,
    weeks: &[Day],
    until: i64,
) -> Result<(), StoreError> {
    for chunk in weeks.chunks(CHUNK) {
        Entity::update_many()
            .col_expr(Column::ValidUntil, Expr::val(until))
            .filter(Column::SegmentId.eq(segment))
            .filter(Column::Week.is_in(chunk.iter().copied()))
            .filter(Column::ValidUntil.is_null())
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// Inserts scores that are valid from a version on.
pub async fn insert<C: ConnectionTrait>(connection: &C, scores: Vec<Model>) -> Result<(), StoreError> {
    for chunk in scores.chunks(CHUNK) {
        let rows = chunk.iter().map(|score| ActiveModel {
            segment_id: Set(score.segment_id),
            week: Set(score.week),
            valid_from: Set(score.valid_from),
            valid_until: Set(score.valid_until),
            definition_id: Set(score.definition_id),
            run_id: Set(score.run_id),
            promoters: Set(score.promoters),
            passives: Set(score.passives),
            detractors: Set(score.detractors),
            rolling_promoters: Set(score.rolling_promoters),
            rolling_passives: Set(score.rolling_passives),
            rolling_detractors: Set(score.rolling_detractors),
        });
        Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Deletes rows that ended before the oldest version that is still served.
pub async fn delete_ended_before<C: ConnectionTrait>(connection: &C, oldest_served: i64) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::ValidUntil.lte(oldest_served)).exec(connection).await?;
    Ok(())
}

/// Deletes the present scores of the week that begins on a Monday and of all later ones.
pub async fn delete_from<C: ConnectionTrait>(connection: &C, week: Day) -> Result<(), StoreError> {
    let present = Condition::all().add(Column::ValidUntil.is_null()).add(Column::Week.gte(week));
    Entity::delete_many().filter(present).exec(connection).await?;
    Ok(())
}
