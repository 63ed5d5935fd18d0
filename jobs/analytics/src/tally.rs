//! The weekly blocks: one week's counts as a compressed Arrow IPC stream, checked by a checksum.
//!
//! Rows are sorted before they are written, so that equal counts give equal bytes on every database.

use std::collections::HashSet;
use std::io::Cursor;

use entity::profile::ProfileId;
use entity::store::tally::DailyCount;
use entity::tally::Model;
use entity::{Day, StoreError};
use polars::prelude::*;
use sha2::{Digest, Sha256};

/// Packs one week's counts. Returns `None` for a week without responses.
pub fn pack(week: Day, mut counts: Vec<DailyCount>) -> Result<Option<Model>, StoreError> {
    if counts.is_empty() {
        return Ok(None);
    }
    counts.sort_unstable_by_key(|count| (count.day, count.profile, count.score));
    let damaged = |error: PolarsError| StoreError::DamagedTally { week, reason: error.to_string() };
    let column = |name: &str, value: fn(&DailyCount) -> i64| {
        Column::new(name.into(), counts.iter().map(value).collect::<Vec<i64>>())
    };
    let columns = vec![
        Column::new("day".into(), counts.iter().map(|count| count.day.0).collect::<Vec<i32>>()),
        column("profile", |count| count.profile.0),
        Column::new("score".into(), counts.iter().map(|count| i32::from(count.score)).collect::<Vec<i32>>()),
        column("count", |count| count.count),
    ];
    let mut frame = DataFrame::new(counts.len(), columns).map_err(damaged)?;
    let mut block = Vec::new();
    IpcStreamWriter::new(&mut block)
        .with_compression(Some(IpcCompression::default()))
        .finish(&mut frame)
        .map_err(damaged)?;
    let checksum = checksum(&block);
    Ok(Some(Model { week, block, checksum, responses: counts.iter().map(|count| count.count).sum() }))
}

/// Unpacks one week's counts into a frame of day, profile, score and count.
///
/// Fails with [`StoreError::DamagedTally`] when the checksum does not match or the block cannot be decoded.
pub(crate) fn unpack(block: &Model) -> Result<DataFrame, StoreError> {
    let damaged = |reason: String| StoreError::DamagedTally { week: block.week, reason };
    if checksum(&block.block) != block.checksum {
        return Err(damaged("its checksum does not match".to_owned()));
    }
    let read = IpcStreamReader::new(Cursor::new(block.block.as_slice())).finish();
    read.map_err(|error| damaged(error.to_string()))
}

/// Fails with [`StoreError::DamagedTally`] when the checksum of a block does not match.
pub fn check(block: &Model) -> Result<(), StoreError> {
    unpack(block).map(drop)
}

/// True for equal counts. Equal counts give equal bytes, unless another version of polars wrote them; then the contents
/// are compared.
pub fn have_same_counts(stored: &Model, fresh: &Model) -> bool {
    if stored.checksum == fresh.checksum && stored.responses == fresh.responses {
        return true;
    }
    let frames = unpack(stored).ok().zip(unpack(fresh).ok());
    stored.responses == fresh.responses && frames.is_some_and(|(stored, fresh)| stored.equals(&fresh))
}

/// The profiles that occur in one week's block.
pub fn profiles(block: &Model) -> Result<HashSet<ProfileId>, StoreError> {
    let damaged = |error: PolarsError| StoreError::DamagedTally { week: block.week, reason: error.to_string() };
    let frame = unpack(block)?;
    let column = frame.column("profile").and_then(|column| column.i64()).map_err(damaged)?;
    Ok(column.iter().flatten().map(ProfileId).collect())
}

/// The first sixteen bytes of the SHA-256 of a block.
pub fn checksum(block: &[u8]) -> Vec<u8> {
    Sha256::digest(block)[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Vec<DailyCount> {
        let count =
            |day, profile, score, count| DailyCount { day: Day(day), profile: ProfileId(profile), score, count };
        vec![count(19_905, 2, 9, 3), count(19_905, 1, 0, 1), count(19_904, 7, 10, 12)]
    }

    #[test]
    fn equal_counts_give_equal_bytes_in_any_order() {
        let forwards = pack(Day(19_904), counts()).expect("packed").expect("responses");
        let backwards = pack(Day(19_904), counts().into_iter().rev().collect()).expect("packed").expect("responses");
        assert_eq!(forwards, backwards);
        assert_eq!(forwards.responses, 16);
        assert_eq!(unpack(&forwards).expect("unpacked").height(), 3);
    }

    #[test]
    fn a_damaged_block_is_noticed() {
        let mut block = pack(Day(19_904), counts()).expect("packed").expect("responses");
        block.block[20] ^= 1;
        assert!(matches!(unpack(&block), Err(StoreError::DamagedTally { .. })));
    }

    #[test]
    fn a_week_without_responses_has_no_block() {
        assert_eq!(pack(Day(19_904), Vec::new()).expect("packed"), None);
    }
}
