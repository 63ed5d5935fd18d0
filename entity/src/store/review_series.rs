//! Statements on the weekly series of reviews.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use super::lookup::rows_in;
use super::{StoreError, decision};
use crate::decision_review::{Model as ReviewRow, ReviewId};
use crate::review_series::{ActiveModel, Column, Entity, Model, ReviewSeries, SeriesError};

/// The series of these reviews, still packed; reviews without one are absent.
pub async fn by_reviews<C: ConnectionTrait>(
    connection: &C,
    reviews: &[ReviewId],
) -> Result<HashMap<ReviewId, Model>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::ReviewId, reviews).await?;
    Ok(rows.into_iter().map(|row| (row.review_id, row)).collect())
}

/// Unpacks the series of a review. One that is damaged, or `None` because it is not stored, is an error that names the
/// review.
pub async fn unpack<C: ConnectionTrait>(
    connection: &C,
    review: &ReviewRow,
    series: Option<&Model>,
) -> Result<ReviewSeries, StoreError> {
    let unpacked = series.map_or(Err(SeriesError::Absent), |series| ReviewSeries::unpack(&series.packed));
    match unpacked {
        Ok(series) => Ok(series),
        Err(source) => {
            let decision = decision::label(connection, review.decision_id).await;
            Err(StoreError::DamagedSeries { decision, as_of: review.as_of, source })
        }
    }
}

/// Writes the series of reviews, replacing the former ones.
pub(super) async fn put<C: ConnectionTrait>(
    connection: &C,
    series: impl Iterator<Item = (ReviewId, ReviewSeries)>,
) -> Result<(), StoreError> {
    let rows = series.map(|(id, series)| ActiveModel { review_id: Set(id), packed: Set(series.pack()) });
    let replace = OnConflict::column(Column::ReviewId).update_column(Column::Packed).to_owned();
    Entity::insert_many(rows).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}
