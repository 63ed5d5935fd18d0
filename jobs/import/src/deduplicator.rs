//! Detects repeated ids within one file.
//!
//! Eight bytes per record are kept in memory, the only thing that grows with a file: 80 MB for ten million records.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use entity::Timestamp;

/// The ids of the records read so far, as hashes.
#[derive(Default)]
pub struct Deduplicator {
    hasher: RandomState,
    hashes: HashSet<u64>,
    /// Used only for tools that write a response more than once.
    timestamps: HashMap<u64, Timestamp>,
}

impl Deduplicator {
    /// True when this id was not passed before. Two ids share a hash with probability 3 in a million among ten million
    /// records.
    pub fn is_new(&mut self, id: &str) -> bool {
        self.hashes.insert(self.hasher.hash_one(id))
    }

    /// True when no later record of this id was passed before.
    pub fn is_latest(&mut self, id: &str, timestamp: Timestamp) -> bool {
        let latest = self.timestamps.entry(self.hasher.hash_one(id)).or_insert(timestamp);
        let is_latest = timestamp >= *latest;
        if is_latest {
            *latest = timestamp;
        }
        is_latest
    }
}
