//! Cache of execution results. A result is valid while the stored data, the viewer's role and the calendar day are the
//! same.
//!
//! Many clients of one dashboard send the same query. Its result depends on the stored data, the viewer's role and the
//! calendar day only, unless it selects something time-dependent (the progress of a run, the next slot, the remaining
//! budget): see [`super::limit`]. The data revision is read from the database for every request, so that several
//! processes on one database agree.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_graphql::Request;
use entity::{Day, store};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::cost::RequestCharge;
use super::operation::OperationInfo;
use super::{Api, ExecutionRequest, ExecutionResult, role_name};
use crate::auth::Viewer;
use crate::lru_cache::{LruCache, Sha256Hash};

/// The default size of the cache, in bytes.
pub const CACHE_BYTES: u64 = 32 << 20;

/// What a cached result is valid for: a revision of the data and a calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataVersion {
    revision: i64,
    today: Day,
}

/// The results that one process keeps, all of one version of the data; `None` when the cache is off.
#[derive(Debug)]
pub struct ResultCache(Option<Mutex<CacheState>>);

#[derive(Debug)]
struct CacheState {
    version: Option<DataVersion>,
    entries: LruCache<CacheEntry>,
    /// The locks of the requests that are being executed, by request key.
    locks: HashMap<Sha256Hash, Weak<AsyncMutex<()>>>,
}

#[derive(Clone, Debug)]
enum CacheEntry {
    Result(CachedResult),
    /// The result must not be cached: it is time-dependent, or an error.
    Uncacheable,
}

#[derive(Clone, Debug)]
struct CachedResult {
    /// The `data` of the response as JSON text.
    data: Arc<str>,
    operation: Option<OperationInfo>,
    cost: u64,
}

/// The outcome of a cache look-up.
pub enum CacheLookup<'a> {
    /// The cached result, whose cost was charged to the viewer's budget.
    Hit(Box<ExecutionResult>),
    /// No result yet: the holder of the slot executes the request, and equal requests wait until the slot is filled or
    /// dropped.
    Miss(CacheSlot<'a>),
    /// The request must be executed, and its result is not cached.
    Bypass,
}

/// The right to execute a request and to cache its result. Dropped without a result, it passes to the next waiting
/// request.
pub struct CacheSlot<'a> {
    cache: &'a ResultCache,
    version: DataVersion,
    key: Sha256Hash,
    _guard: OwnedMutexGuard<()>,
}

impl DataVersion {
    /// The current version; `None` when the revision cannot be read.
    async fn current(api: &Api) -> Option<Self> {
        let context = api.job_context();
        let today = context.calendar.get().day_of(context.clock.now());
        let revision = store::revision::current(context.database.reader()).await.ok()?;
        Some(Self { revision, today })
    }
}

impl ResultCache {
    /// An empty cache of at most `limit_bytes` bytes; 0 turns it off.
    pub fn new(limit_bytes: u64) -> Self {
        let state = || CacheState { version: None, entries: LruCache::new(limit_bytes), locks: HashMap::new() };
        Self((limit_bytes > 0).then(|| Mutex::new(state())))
    }

    /// Looks up the result of a request and charges its cost to the viewer's budget. Waits while an equal request is
    /// being executed.
    pub async fn look_up(&self, api: &Api, execution: &ExecutionRequest<'_>) -> CacheLookup<'_> {
        let ExecutionRequest { viewer, request, .. } = execution;
        // A document with the word `mutation` is executed directly: it writes, or it is rare.
        if !execution.use_cache || self.0.is_none() || request.query.contains("mutation") {
            return CacheLookup::Bypass;
        }
        let Some(version) = DataVersion::current(api).await else { return CacheLookup::Bypass };
        let Some(key) = key_of(viewer, request) else { return CacheLookup::Bypass };
        if let Some(entry) = self.get(version, &key) {
            return entry.lookup(api, viewer);
        }
        let guard = self.pending_lock(&key).lock_owned().await;
        match self.get(version, &key) {
            Some(entry) => entry.lookup(api, viewer),
            None => CacheLookup::Miss(CacheSlot { cache: self, version, key, _guard: guard }),
        }
    }

    /// Drops the results of earlier revisions: a process that nobody asks anything would keep what it knows of an erased
    /// person.
    pub async fn drop_outdated(&self, api: &Api) {
        let Some(version) = DataVersion::current(api).await else { return };
        if let Some(mut state) = self.lock() {
            state.reset_to(version);
        }
    }

    fn lock(&self) -> Option<MutexGuard<'_, CacheState>> {
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn get(&self, version: DataVersion, key: &Sha256Hash) -> Option<CacheEntry> {
        let mut state = self.lock()?;
        state.reset_to(version);
        if state.version == Some(version) { state.entries.get(key) } else { None }
    }

    fn put(&self, version: DataVersion, key: Sha256Hash, entry: CacheEntry) {
        let Some(mut state) = self.lock() else { return };
        // A result of an earlier version is dropped.
        if state.version == Some(version) {
            let bytes = entry.bytes();
            state.entries.put(key, entry, bytes);
        }
    }

    /// The lock of one request: the first caller executes the request, the others wait for its result.
    fn pending_lock(&self, key: &Sha256Hash) -> Arc<AsyncMutex<()>> {
        let Some(mut state) = self.lock() else { return Arc::default() };
        if let Some(lock) = state.locks.get(key).and_then(Weak::upgrade) {
            return lock;
        }
        state.locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        state.locks.insert(*key, Arc::downgrade(&lock));
        lock
    }
}

impl CacheState {
    /// Drops all results of an earlier version, also from memory: they may hold data of an erased person.
    fn reset_to(&mut self, version: DataVersion) {
        if self.version.is_none_or(|own| own < version) {
            self.version = Some(version);
            self.entries.clear();
        }
    }
}

impl CacheEntry {
    fn bytes(&self) -> usize {
        match self {
            Self::Result(cached) => cached.data.len(),
            Self::Uncacheable => 0,
        }
    }

    /// The result for a viewer, whose budget is charged as if the request were executed.
    fn lookup<'a>(self, api: &Api, viewer: &Viewer) -> CacheLookup<'a> {
        let Self::Result(CachedResult { data, operation, cost }) = self else { return CacheLookup::Bypass };
        match api.budgets().charge(&viewer.name, cost, api.job_context().clock.now()) {
            Ok(left) => {
                CacheLookup::Hit(Box::new(ExecutionResult::cached(data, operation, RequestCharge { cost, left })))
            }
            // Executing the request reports the exceeded budget.
            Err(_) => CacheLookup::Bypass,
        }
    }
}

impl CachedResult {
    /// The part of a result that is cached; `None` when it must not be cached.
    fn of(result: &ExecutionResult) -> Option<Self> {
        let charge = result.charge.filter(|_| result.is_cacheable && result.response.errors.is_empty())?;
        let data = serde_json::to_string(&result.response.data).ok()?;
        Some(Self { data: Arc::from(data), operation: result.operation.clone(), cost: charge.cost })
    }
}

impl CacheSlot<'_> {
    /// Caches a result, or that it is uncacheable, and lets waiting requests continue. The cached JSON is also put into
    /// [`ExecutionResult::data`], so that it is serialised only once.
    pub fn fill(self, result: &mut ExecutionResult) {
        let cached = CachedResult::of(result);
        result.data = cached.as_ref().map(|cached| Arc::clone(&cached.data));
        self.cache.put(self.version, self.key, cached.map_or(CacheEntry::Uncacheable, CacheEntry::Result));
    }
}

/// A key that is equal for requests with equal results; `None` when the variables cannot be written as JSON.
fn key_of(viewer: &Viewer, request: &Request) -> Option<Sha256Hash> {
    let variables = serde_json::to_string(&request.variables).ok()?;
    let name = request.operation_name.as_deref();
    let mut hash = Sha256::new();
    for part in [role_name(viewer.role).as_str(), name.unwrap_or_default(), &variables, &request.query] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.update([u8::from(name.is_some())]);
    Some(hash.finalize().into())
}

#[cfg(test)]
mod tests;
