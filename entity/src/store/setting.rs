//! Statements on settings: the reporting time zone and the secrets of tombstones and ids. No API reads them.

use chrono_tz::Tz;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};

use super::StoreError;
use crate::Calendar;
use crate::setting::{ActiveModel, Column, Entity};

const TIME_ZONE: &str = "time_zone";
const TOMBSTONE_SECRET: &str = "tombstone_secret";
const ID_SECRET: &str = "id_secret";

/// The reporting calendar. If the database has no zone yet, `requested` (or UTC) is stored.
///
/// Fails with [`StoreError::TimeZoneDiffers`] when another zone is requested than the stored one.
pub async fn calendar<C: ConnectionTrait>(connection: &C, requested: Option<Tz>) -> Result<Calendar, StoreError> {
    let stored = insert_if_absent(connection, TIME_ZONE, requested.unwrap_or(Tz::UTC).name()).await?;
    let zone: Tz = stored.parse().map_err(|_| StoreError::UnknownTimeZone(stored.clone()))?;
    match requested {
        Some(other) if other != zone => Err(StoreError::TimeZoneDiffers { stored, requested: other.name().to_owned() }),
        _ => Ok(Calendar { zone }),
    }
}

/// The calendar of the stored zone; `None` while the database has none.
pub async fn stored_calendar<C: ConnectionTrait>(connection: &C) -> Result<Option<Calendar>, StoreError> {
    let Some(stored) = time_zone(connection).await? else { return Ok(None) };
    let zone = stored.parse().map_err(|_| StoreError::UnknownTimeZone(stored.clone()))?;
    Ok(Some(Calendar { zone }))
}

/// The stored name of the time zone, valid or not; `None` while the database has none.
pub async fn time_zone<C: ConnectionTrait>(connection: &C) -> Result<Option<String>, StoreError> {
    Ok(Entity::find_by_id(TIME_ZONE.to_owned()).one(connection).await?.map(|row| row.value))
}

/// Changes the reporting time zone; the caller computes the day of every response again in the same transaction.
pub async fn change_time_zone<C: ConnectionTrait>(connection: &C, zone: Tz) -> Result<(), StoreError> {
    let row = ActiveModel { name: Set(TIME_ZONE.to_owned()), value: Set(zone.name().to_owned()) };
    let replace = OnConflict::column(Column::Name).update_column(Column::Value).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}

/// The secret with which erased ids are hashed; the first one that is offered is stored and never changes.
pub async fn tombstone_secret<C: ConnectionTrait>(connection: &C, offered: &str) -> Result<String, StoreError> {
    insert_if_absent(connection, TOMBSTONE_SECRET, offered).await
}

/// The secret of the tombstones; `None` while nothing was ever erased.
pub async fn existing_tombstone_secret<C: ConnectionTrait>(connection: &C) -> Result<Option<String>, StoreError> {
    Ok(Entity::find_by_id(TOMBSTONE_SECRET.to_owned()).one(connection).await?.map(|row| row.value))
}

/// The secret with which ids are made for responses without one (`crate::own_id`); a migration makes it.
pub async fn id_secret<C: ConnectionTrait>(connection: &C) -> Result<String, StoreError> {
    let found = Entity::find_by_id(ID_SECRET.to_owned()).one(connection).await?;
    let missing = || DbErr::RecordNotFound("the secret of ids".to_owned());
    Ok(found.ok_or_else(missing)?.value)
}

async fn insert_if_absent<C: ConnectionTrait>(connection: &C, name: &str, value: &str) -> Result<String, StoreError> {
    if let Some(row) = Entity::find_by_id(name.to_owned()).one(connection).await? {
        return Ok(row.value);
    }
    let row = ActiveModel { name: Set(name.to_owned()), value: Set(value.to_owned()) };
    let keep = OnConflict::column(Column::Name).do_nothing().to_owned();
    Entity::insert(row).on_conflict(keep).exec_without_returning(connection).await?;
    let stored = Entity::find_by_id(name.to_owned()).one(connection).await?;
    Ok(stored.map_or_else(|| value.to_owned(), |row| row.value))
}
