//! Statements on tombstones: which ids were erased, without naming the person.

use std::collections::HashSet;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Set};
use sha2::Sha256;

use super::lookup::rows_in;
use super::{CHUNK, StoreError};
use crate::tombstone::{ActiveModel, Column, Entity};

/// What an erased id identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasedKind<'a> {
    /// A customer.
    Customer,
    /// A response of this source.
    Response(&'a str),
}

/// The keyed hash of an external id (HMAC-SHA-256, RFC 2104).
pub fn digest(secret: &str, kind: ErasedKind<'_>, external_id: &str) -> Vec<u8> {
    let (label, source) = match kind {
        ErasedKind::Customer => ("customer", ""),
        ErasedKind::Response(source) => ("response", source),
    };
    // HMAC takes keys of any length: the error of the constructor cannot occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    for part in [label, source, external_id] {
        mac.update(part.as_bytes());
        mac.update(&[0]);
    }
    mac.finalize().into_bytes().to_vec()
}

/// The prefix of the external ids of erased people's responses.
pub(super) const ANONYMOUS_PREFIX: &str = "erased:";

/// The external id of an erased person's response from then on: unique, and without reference to the person.
pub fn anonymous_id(digest: &[u8]) -> String {
    digest.iter().fold(ANONYMOUS_PREFIX.to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digests among these that have a tombstone.
pub async fn among<C: ConnectionTrait>(connection: &C, digests: &[Vec<u8>]) -> Result<HashSet<Vec<u8>>, StoreError> {
    let rows = rows_in(connection, Entity::find(), Column::Digest, digests).await?;
    Ok(rows.into_iter().map(|row| row.digest).collect())
}

/// Inserts tombstones; existing ones stay.
pub async fn insert<C: ConnectionTrait>(connection: &C, digests: Vec<Vec<u8>>) -> Result<(), StoreError> {
    let rows: Vec<ActiveModel> = digests.into_iter().map(|digest| ActiveModel { digest: Set(digest) }).collect();
    for chunk in rows.chunks(CHUNK) {
        let keep = OnConflict::column(Column::Digest).do_nothing().to_owned();
        Entity::insert_many(chunk.to_vec()).on_conflict(keep).exec_without_returning(connection).await?;
    }
    Ok(())
}
