//! Results of requests, kept for as long as nothing has changed.
//!
//! A dashboard sends the same query from many desks. Its result is a function of the stored data, of the viewer's role
//! and of the calendar day, unless it holds something that passes with time (the progress of a run, the next slot, what
//! is left to spend): see [`super::limit`]. Whether the data changed is asked of the database with every request, so that
//! several processes on one database agree.

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

/// The memory for results, in bytes, unless the configuration says otherwise.
pub const CACHE_BYTES: u64 = 32 << 20;

/// What results are true of: the revision of the data, and the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataVersion {
    revision: i64,
    today: Day,
}

/// The results that one process keeps, all of one version of the data.
#[derive(Debug)]
pub struct ResultCache(Option<Mutex<CacheState>>);

#[derive(Debug)]
struct CacheState {
    version: Option<DataVersion>,
    entries: LruCache<CacheEntry>,
    /// Held by whoever executes a request at the moment, by the keys of the requests.
    gates: HashMap<Sha256Hash, Weak<AsyncMutex<()>>>,
}

#[derive(Clone, Debug)]
enum CacheEntry {
    Result(CachedResult),
    /// The result is not to be kept: it passes with time, or is an error.
    Uncacheable,
}

#[derive(Clone, Debug)]
struct CachedResult {
    /// The member `data` in JSON.
    data: Arc<str>,
    operation: Option<OperationInfo>,
    cost: u64,
}

/// What the cache has for a request.
pub enum CacheLookup<'a> {
    /// Its result.
    Hit(Box<ExecutionResult>),
    /// Nothing yet: whoever holds the slot executes it, and everybody else who sends the same waits for the result.
    Miss(CacheSlot<'a>),
    /// The request has to be executed, and its result is not kept.
    Bypass,
}

/// The place for a result. Dropped without one, it leaves the request to whoever waits next.
pub struct CacheSlot<'a> {
    cache: &'a ResultCache,
    version: DataVersion,
    key: Sha256Hash,
    _gate: OwnedMutexGuard<()>,
}

impl DataVersion {
    /// The present one; `None` when the database does not say.
    async fn current(api: &Api) -> Option<Self> {
        let workplace = api.job_context();
        let today = workplace.calendar.day_of(workplace.clock.now());
        let revision = store::revision::current(workplace.database.reader()).await.ok()?;
        Some(Self { revision, today })
    }
}

impl ResultCache {
    /// An empty cache of at most so many bytes; with 0 nothing is kept.
    pub fn new(limit_bytes: u64) -> Self {
        let state = || CacheState { version: None, entries: LruCache::new(limit_bytes), gates: HashMap::new() };
        Self((limit_bytes > 0).then(|| Mutex::new(state())))
    }

    /// The result of a request, if it is kept and the viewer has the budget for it. Waits while somebody else executes
    /// the same.
    pub async fn look_up(&self, api: &Api, execution: &ExecutionRequest<'_>) -> CacheLookup<'_> {
        let ExecutionRequest { viewer, request, .. } = execution;
        // A document that speaks of mutations writes, or is as rare as not to matter.
        if !execution.use_cache || self.0.is_none() || request.query.contains("mutation") {
            return CacheLookup::Bypass;
        }
        let Some(version) = DataVersion::current(api).await else { return CacheLookup::Bypass };
        let Some(key) = key_of(viewer, request) else { return CacheLookup::Bypass };
        if let Some(entry) = self.get(version, &key) {
            return entry.lookup(api, viewer);
        }
        let gate = self.pending_lock(&key).lock_owned().await;
        match self.get(version, &key) {
            Some(entry) => entry.lookup(api, viewer),
            None => CacheLookup::Miss(CacheSlot { cache: self, version, key, _gate: gate }),
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
        // A result of an earlier version came too late.
        if state.version == Some(version) {
            let bytes = entry.bytes();
            state.entries.put(key, entry, bytes);
        }
    }

    /// The gate of a request: who passes it first executes the request, while others wait for the result.
    fn pending_lock(&self, key: &Sha256Hash) -> Arc<AsyncMutex<()>> {
        let Some(mut state) = self.lock() else { return Arc::default() };
        if let Some(lock) = state.gates.get(key).and_then(Weak::upgrade) {
            return lock;
        }
        state.gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::default();
        state.gates.insert(*key, Arc::downgrade(&gate));
        gate
    }
}

impl CacheState {
    /// What was true of an earlier version is gone, from memory too: somebody may have been erased.
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

    /// The result for a viewer, whose budget pays for it as if it were executed.
    fn lookup<'a>(self, api: &Api, viewer: &Viewer) -> CacheLookup<'a> {
        let Self::Result(CachedResult { data, operation, cost }) = self else { return CacheLookup::Bypass };
        match api.budgets().charge(&viewer.name, cost, api.job_context().clock.now()) {
            Ok(left) => {
                CacheLookup::Hit(Box::new(ExecutionResult::cached(data, operation, RequestCharge { cost, left })))
            }
            // Executing it says what is wrong.
            Err(_) => CacheLookup::Bypass,
        }
    }
}

impl CachedResult {
    /// What is to be kept of a result; `None` for nothing.
    fn of(result: &ExecutionResult) -> Option<Self> {
        let charge = result.charge.filter(|_| result.is_cacheable && result.response.errors.is_empty())?;
        let data = serde_json::to_string(&result.response.data).ok()?;
        Some(Self { data: Arc::from(data), operation: result.operation.clone(), cost: charge.cost })
    }
}

impl CacheSlot<'_> {
    /// Keeps a result, or that it is not to be kept; whoever waits goes on. What is kept is put into
    /// [`ExecutionResult::data`], so that it is written as JSON only once.
    pub fn fill(self, result: &mut ExecutionResult) {
        let cached = CachedResult::of(result);
        result.data = cached.as_ref().map(|cached| Arc::clone(&cached.data));
        self.cache.put(self.version, self.key, cached.map_or(CacheEntry::Uncacheable, CacheEntry::Result));
    }
}

/// The same for two requests that have the same result; `None` when the variables are no JSON.
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
