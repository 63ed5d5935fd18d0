//! What was asked for lately, in bounded memory: what was not asked for the longest goes.

use std::collections::{BTreeMap, HashMap};

/// The SHA-256 by which something is asked for.
pub type Sha256Hash = [u8; 32];

/// What an entry takes beside what it keeps, about.
const ENTRY_BYTES: u64 = 200;

/// What would take more than this share of the memory is not kept.
const LARGEST_SHARE: u64 = 8;

/// Things by their hashes.
#[derive(Debug)]
pub struct LruCache<T> {
    limit_bytes: u64,
    bytes: u64,
    /// Grows with every look.
    clock: u64,
    entries: HashMap<Sha256Hash, LruEntry<T>>,
    /// The hashes by the moment of the last look.
    by_last_use: BTreeMap<u64, Sha256Hash>,
}

#[derive(Debug)]
struct LruEntry<T> {
    value: T,
    bytes: u64,
    version: u64,
}

impl<T: Clone> LruCache<T> {
    /// Nothing; at most so many bytes.
    pub fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, bytes: 0, clock: 0, entries: HashMap::new(), by_last_use: BTreeMap::new() }
    }

    /// What was kept; it is then the last to go.
    pub fn get(&mut self, hash: &Sha256Hash) -> Option<T> {
        let entry = self.entries.get_mut(hash)?;
        self.clock += 1;
        self.by_last_use.remove(&entry.version);
        self.by_last_use.insert(self.clock, *hash);
        entry.version = self.clock;
        Some(entry.value.clone())
    }

    /// Keeps something of so many bytes, unless something is kept under this hash.
    pub fn put(&mut self, hash: Sha256Hash, value: T, bytes: usize) {
        let bytes = (bytes as u64).saturating_add(ENTRY_BYTES);
        if bytes > self.limit_bytes / LARGEST_SHARE || self.get(&hash).is_some() {
            return;
        }
        while self.bytes + bytes > self.limit_bytes {
            let Some((_, oldest)) = self.by_last_use.pop_first() else { break };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.bytes -= entry.bytes;
            }
        }
        self.clock += 1;
        self.bytes += bytes;
        self.by_last_use.insert(self.clock, hash);
        self.entries.insert(hash, LruEntry { value, bytes, version: self.clock });
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self { clock: self.clock, ..Self::new(self.limit_bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_the_least_recently_used_entry_goes_first() {
        let mut recent = LruCache::new(10_000);
        for at in 0..10 {
            recent.put([at; 32], at, 800);
        }
        assert_eq!(recent.get(&[0; 32]), Some(0), "ten fit");
        recent.put([10; 32], 10, 800);
        assert_eq!((recent.get(&[0; 32]), recent.get(&[1; 32])), (Some(0), None));
        recent.put([11; 32], 11, 2_000);
        assert_eq!(recent.get(&[11; 32]), None, "one must not drive out all others");
        for at in 0..=255 {
            recent.put([at; 32], at, 800);
            assert!(recent.bytes <= 10_000 && recent.entries.len() == recent.by_last_use.len());
        }
        recent.clear();
        assert_eq!((recent.get(&[255; 32]), recent.bytes), (None, 0));
    }
}
