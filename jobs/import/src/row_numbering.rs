//! How the records of a file are numbered in messages.

use csv::ByteRecord;

/// How the records of a file are numbered for the person who looks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowNumbering {
    /// The first record below the header is row 1.
    Data,
    /// Every row of the sheet counts, as its program numbers them.
    Sheet,
}

impl RowNumbering {
    /// The number of a record, which is the `count`th below the header, from 1.
    pub fn row(self, count: u64, record: &ByteRecord) -> u64 {
        match (self, record.position()) {
            (Self::Sheet, Some(position)) => position.record() + 1,
            _ => count,
        }
    }
}
