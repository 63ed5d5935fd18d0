//! Statements on the tally: counting raw responses, and the weekly blocks.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    Statement, StreamTrait,
};

use super::lookup::rows_in;
use super::{CHUNK, StoreError, scored_response};
use crate::Day;
use crate::profile::ProfileId;
use crate::tally::{ActiveModel, Column, Entity, Model};

/// The number of responses of one profile with one score on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyCount {
    /// The day in the reporting time zone.
    pub day: Day,
    /// The profile of the responses.
    pub profile: ProfileId,
    /// The score, 0 to 10.
    pub score: i16,
    /// The number of responses.
    pub count: i64,
}

/// One GROUP BY over the covering index: the counts of the days in `from..until`, in order of day, profile and score.
pub async fn count(
    snapshot: &DatabaseTransaction,
    from: Day,
    until: Day,
    mut each: impl FnMut(DailyCount),
) -> Result<(), StoreError> {
    let order = "GROUP BY day, profile_id, score ORDER BY day, profile_id, score";
    let statement = scored_response::select(snapshot, "day, profile_id, score, COUNT(*)", order, from, until);
    let mut rows = snapshot.stream_raw(statement).await?;
    while let Some(row) = rows.try_next().await? {
        each(DailyCount {
            day: row.try_get_by_index(0)?,
            profile: row.try_get_by_index(1)?,
            score: row.try_get_by_index(2)?,
            count: row.try_get_by_index(3)?,
        });
    }
    Ok(())
}

/// The first day with a scored response and the day after the last one; `None` without any.
pub async fn extent<C: ConnectionTrait>(connection: &C) -> Result<Option<(Day, Day)>, StoreError> {
    let statement = Statement::from_string(
        connection.get_database_backend(),
        "SELECT (SELECT day FROM response WHERE score IS NOT NULL ORDER BY day LIMIT 1), \
         (SELECT day FROM response WHERE score IS NOT NULL ORDER BY day DESC LIMIT 1)",
    );
    let Some(row) = connection.query_one_raw(statement).await? else { return Ok(None) };
    let first: Option<Day> = row.try_get_by_index(0)?;
    let last: Option<Day> = row.try_get_by_index(1)?;
    Ok(first.zip(last).map(|(first, last)| (first, last.plus_days(1))))
}

/// The blocks of all weeks, oldest first.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Week).all(connection).await?)
}

/// The blocks of these weeks, oldest first; weeks without one are absent.
pub async fn of_weeks<C: ConnectionTrait>(connection: &C, weeks: &[Day]) -> Result<Vec<Model>, StoreError> {
    let mut blocks = rows_in(connection, Entity::find(), Column::Week, weeks).await?;
    blocks.sort_by_key(|block| block.week);
    Ok(blocks)
}

/// Replaces the blocks of `weeks` by `blocks`; a week without a block has no responses any more.
pub async fn replace<C: ConnectionTrait>(
    connection: &C,
    weeks: &BTreeSet<Day>,
    blocks: Vec<Model>,
) -> Result<(), StoreError> {
    let kept: BTreeSet<Day> = blocks.iter().map(|block| block.week).collect();
    let emptied: Vec<Day> = weeks.difference(&kept).copied().collect();
    for chunk in emptied.chunks(CHUNK) {
        Entity::delete_many().filter(Column::Week.is_in(chunk.iter().copied())).exec(connection).await?;
    }
    let replace = OnConflict::column(Column::Week)
        .update_columns([Column::Block, Column::Checksum, Column::Responses])
        .to_owned();
    for block in blocks {
        let row = ActiveModel {
            week: Set(block.week),
            block: Set(block.block),
            checksum: Set(block.checksum),
            responses: Set(block.responses),
        };
        Entity::insert(row).on_conflict(replace.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// The number of scored responses of every week that has a block.
pub async fn responses<C: ConnectionTrait>(connection: &C) -> Result<Vec<(Day, i64)>, StoreError> {
    let select = Entity::find().select_only().column(Column::Week).column(Column::Responses);
    Ok(select.into_tuple().all(connection).await?)
}

/// Updates the database's statistics after a bulk load, so that counting the responses stays one scan of the index.
pub async fn analyze<C: ConnectionTrait>(connection: &C) -> Result<(), StoreError> {
    let statement = match connection.get_database_backend() {
        sea_orm::DbBackend::Postgres => "VACUUM (ANALYZE) response",
        _ => "ANALYZE response",
    };
    connection.execute_unprepared(statement).await?;
    Ok(())
}
