//! Statements on the sets of names that responses brought themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use super::lookup::rows_in;
use super::{CHUNK, StoreError};
use crate::own_attributes::{ActiveModel, AttributeNames, Column, Entity, OwnAttributesId};

/// Interns sets of names: returns the ids of all of them, and writes those that are new.
pub async fn intern<C: ConnectionTrait>(
    connection: &C,
    sets: BTreeSet<&AttributeNames>,
) -> Result<HashMap<AttributeNames, OwnAttributesId>, StoreError> {
    let by_digest: BTreeMap<Vec<u8>, &AttributeNames> = sets.into_iter().map(|names| (names.digest(), names)).collect();
    let digests: Vec<Vec<u8>> = by_digest.keys().cloned().collect();
    let mut interned = HashMap::with_capacity(by_digest.len());
    let found = rows_in(connection, Entity::find(), Column::Digest, &digests).await?;
    interned.extend(found.into_iter().map(|row| (row.names, row.id)));
    let missing: Vec<_> = by_digest.iter().filter(|(_, names)| !interned.contains_key(**names)).collect();
    for chunk in missing.chunks(CHUNK) {
        let rows = chunk.iter().map(|(digest, names)| ActiveModel {
            digest: Set((*digest).clone()),
            names: Set((**names).clone()),
            ..Default::default()
        });
        let keep = OnConflict::column(Column::Digest).do_nothing().to_owned();
        Entity::insert_many(rows).on_conflict(keep).exec_without_returning(connection).await?;
        let digests: Vec<Vec<u8>> = chunk.iter().map(|(digest, _)| (*digest).clone()).collect();
        let written = rows_in(connection, Entity::find(), Column::Digest, &digests).await?;
        interned.extend(written.into_iter().map(|row| (row.names, row.id)));
    }
    Ok(interned)
}

/// The sets of names with these ids.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[OwnAttributesId],
) -> Result<HashMap<OwnAttributesId, AttributeNames>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Id, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.names)).collect())
}
