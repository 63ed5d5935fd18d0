//! The ids a file has named so far: how a second record of the same id is noticed.
//!
//! Eight bytes per record are kept in memory, the only thing that grows with a file: 80 MB for ten million records.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// The ids of the records read so far.
#[derive(Default)]
pub struct Seen {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    /// True when this id was not seen before. Two ids share a hash with a chance of 3 in a million among ten million records.
    pub fn is_new(&mut self, id: &str) -> bool {
        self.hashes.insert(self.hasher.hash_one(id))
    }
}
