//! Statements on profiles: interning sets of attributes.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::lookup::rows_in;
use super::{CHUNK, StoreError};
use crate::Attributes;
use crate::profile::{ActiveModel, Column, Entity, Model, ProfileId};

/// The ids of sets of attributes, written where they are new.
pub async fn intern<C: ConnectionTrait>(
    connection: &C,
    sets: &[Attributes],
) -> Result<HashMap<Attributes, ProfileId>, StoreError> {
    let mut ids = HashMap::with_capacity(sets.len());
    for chunk in sets.chunks(CHUNK) {
        // In order of their digests: two writers that insert the same rows in different orders would block each other.
        let by_digest: BTreeMap<Vec<u8>, &Attributes> = chunk.iter().map(|set| (set.digest(), set)).collect();
        find(connection, &by_digest, &mut ids).await?;
        let missing: Vec<ActiveModel> = by_digest
            .iter()
            .filter(|(_, set)| !ids.contains_key(**set))
            .map(|(digest, set)| ActiveModel {
                digest: Set(digest.clone()),
                attributes: Set((*set).clone()),
                ..Default::default()
            })
            .collect();
        if !missing.is_empty() {
            let keep = OnConflict::column(Column::Digest).do_nothing().to_owned();
            Entity::insert_many(missing).on_conflict(keep).exec_without_returning(connection).await?;
            find(connection, &by_digest, &mut ids).await?;
        }
    }
    Ok(ids)
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    by_digest: &BTreeMap<Vec<u8>, &Attributes>,
    ids: &mut HashMap<Attributes, ProfileId>,
) -> Result<(), StoreError> {
    let found: Vec<(ProfileId, Vec<u8>)> = Entity::find()
        .select_only()
        .column(Column::Id)
        .column(Column::Digest)
        .filter(Column::Digest.is_in(by_digest.keys().cloned()))
        .into_tuple()
        .all(connection)
        .await?;
    ids.extend(found.into_iter().filter_map(|(id, digest)| Some(((*by_digest.get(&digest)?).clone(), id))));
    Ok(())
}

/// All profiles, by id.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::Id).all(connection).await?)
}

/// The profiles with these ids.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[ProfileId],
) -> Result<HashMap<ProfileId, Attributes>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.attributes)).collect())
}

/// Deletes profiles that no answer points at any more.
pub async fn delete<C: ConnectionTrait>(connection: &C, ids: &[ProfileId]) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::Id.is_in(ids.iter().copied())).exec(connection).await?;
    Ok(())
}
