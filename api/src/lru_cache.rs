//! A least-recently-used cache that is bounded in bytes.

use std::collections::{BTreeMap, HashMap};

/// The SHA-256 hash that is the key of an entry.
pub type Sha256Hash = [u8; 32];

/// The approximate overhead of an entry in bytes, added to the size of its value.
const ENTRY_BYTES: u64 = 200;

/// A value larger than `limit_bytes / LARGEST_SHARE` is not cached, so that one value cannot displace all others.
const LARGEST_SHARE: u64 = 8;

/// Values by hash; the least recently used are dropped when `limit_bytes` is reached.
#[derive(Debug)]
pub struct LruCache<T> {
    limit_bytes: u64,
    bytes: u64,
    /// A counter that grows with every use.
    clock: u64,
    entries: HashMap<Sha256Hash, LruEntry<T>>,
    /// The hashes by the clock of their last use, oldest first.
    by_last_use: BTreeMap<u64, Sha256Hash>,
}

#[derive(Debug)]
struct LruEntry<T> {
    value: T,
    bytes: u64,
    version: u64,
}

impl<T: Clone> LruCache<T> {
    /// An empty cache for at most `limit_bytes` bytes.
    pub fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, bytes: 0, clock: 0, entries: HashMap::new(), by_last_use: BTreeMap::new() }
    }

    /// The cached value, which becomes the most recently used; `None` when it is not cached.
    pub fn get(&mut self, hash: &Sha256Hash) -> Option<T> {
        let entry = self.entries.get_mut(hash)?;
        self.clock += 1;
        self.by_last_use.remove(&entry.version);
        self.by_last_use.insert(self.clock, *hash);
        entry.version = self.clock;
        Some(entry.value.clone())
    }

    /// Stores a value of `bytes` bytes, unless the hash has one already or the value is too large.
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

    /// Drops all entries.
    pub fn clear(&mut self) {
        *self = Self { clock: self.clock, ..Self::new(self.limit_bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_the_least_recently_used_entry_goes_first() {
        let mut cache = LruCache::new(10_000);
        for at in 0..10 {
            cache.put([at; 32], at, 800);
        }
        assert_eq!(cache.get(&[0; 32]), Some(0), "ten fit");
        cache.put([10; 32], 10, 800);
        assert_eq!((cache.get(&[0; 32]), cache.get(&[1; 32])), (Some(0), None));
        cache.put([11; 32], 11, 2_000);
        assert_eq!(cache.get(&[11; 32]), None, "one must not drive out all others");
        for at in 0..=255 {
            cache.put([at; 32], at, 800);
            assert!(cache.bytes <= 10_000 && cache.entries.len() == cache.by_last_use.len());
        }
        cache.clear();
        assert_eq!((cache.get(&[255; 32]), cache.bytes), (None, 0));
    }
}
