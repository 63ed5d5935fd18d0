//! Statements on the schedule: the time up to which each job's slots are recorded.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

use super::StoreError;
use crate::Timestamp;
use crate::schedule::{ActiveModel, Column, Entity, Model};
use crate::slot::Job;

/// Begins a job's schedule, or begins it again where its expression or zone has changed: earlier slots that were not
/// recorded do not belong to the new schedule.
pub async fn begin<C: ConnectionTrait>(
    connection: &C,
    job: Job,
    expression: &str,
    zone: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        job: Set(job),
        expression: Set(expression.to_owned()),
        zone: Set(zone.to_owned()),
        accounted_until: Set(now),
    };
    let stored = |column| Expr::col((Entity, column));
    let changed = stored(Column::Expression).ne(expression).or(stored(Column::Zone).ne(zone));
    let replace = OnConflict::column(Column::Job)
        .update_columns([Column::Expression, Column::Zone, Column::AccountedUntil])
        .action_and_where(changed)
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}

/// A job's schedule; `None` before it began.
pub async fn of_job<C: ConnectionTrait>(connection: &C, job: Job) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(job).one(connection).await?)
}

/// Moves the time up to which a job's slots are recorded.
pub async fn account<C: ConnectionTrait>(connection: &C, job: Job, until: Timestamp) -> Result<(), StoreError> {
    let change = ActiveModel { accounted_until: Set(until), ..Default::default() };
    Entity::update_many().set(change).filter(Column::Job.eq(job)).exec(connection).await?;
    Ok(())
}
