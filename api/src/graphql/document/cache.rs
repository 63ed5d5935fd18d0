//! The automatic persisted queries of one process, in bounded memory: those that were not asked for the longest go.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Hash;

/// What an entry takes beside its text, about.
const ENTRY_BYTES: u64 = 200;

/// A document that would take more than this share of the memory is not kept.
const LARGEST_SHARE: u64 = 8;

/// Documents by their hashes.
#[derive(Debug)]
pub struct Cache {
    limit_bytes: u64,
    bytes: u64,
    /// Grows with every look.
    moment: u64,
    entries: HashMap<Hash, (Arc<str>, u64)>,
    /// The hashes by the moment of the last look.
    by_moment: BTreeMap<u64, Hash>,
}

impl Cache {
    /// An empty one that takes at most so many bytes.
    pub fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, bytes: 0, moment: 0, entries: HashMap::new(), by_moment: BTreeMap::new() }
    }

    /// A document; it is then the last to go.
    pub fn get(&mut self, hash: &Hash) -> Option<Arc<str>> {
        let (text, last) = self.entries.get_mut(hash)?;
        self.moment += 1;
        self.by_moment.remove(last);
        self.by_moment.insert(self.moment, *hash);
        *last = self.moment;
        Some(Arc::clone(text))
    }

    /// Keeps a document.
    pub fn put(&mut self, hash: Hash, text: Arc<str>) {
        let size = size_of(&text);
        if size > self.limit_bytes / LARGEST_SHARE || self.get(&hash).is_some() {
            return;
        }
        while self.bytes + size > self.limit_bytes {
            let Some((_, oldest)) = self.by_moment.pop_first() else { break };
            if let Some((text, _)) = self.entries.remove(&oldest) {
                self.bytes -= size_of(&text);
            }
        }
        self.moment += 1;
        self.bytes += size;
        self.by_moment.insert(self.moment, hash);
        self.entries.insert(hash, (text, self.moment));
    }
}

fn size_of(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(ENTRY_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_who_was_not_asked_for_goes_first() {
        let text: Arc<str> = Arc::from("x".repeat(800));
        let mut cache = Cache::new(10_000);
        for at in 0..10 {
            cache.put([at; 32], Arc::clone(&text));
        }
        assert!(cache.get(&[0; 32]).is_some(), "ten fit");
        cache.put([10; 32], Arc::clone(&text));
        assert_eq!((cache.get(&[0; 32]).is_some(), cache.get(&[1; 32]).is_some()), (true, false));
        cache.put([11; 32], Arc::from("x".repeat(2_000)));
        assert!(cache.get(&[11; 32]).is_none(), "one document must not drive out all others");
        for at in 0..=255 {
            cache.put([at; 32], Arc::clone(&text));
            assert!(cache.bytes <= 10_000 && cache.entries.len() == cache.by_moment.len());
        }
    }
}
