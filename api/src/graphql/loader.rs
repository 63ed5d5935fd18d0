//! Batched look-ups: the keys that many resolvers of one request load at the same time become one statement.
//!
//! The resolvers of a request are polled together in one task. The first load opens a batch, which waits while siblings
//! keep adding keys and starts when two poll rounds add none. There is no timer: a level of nesting costs no fixed
//! delay.
//!
//! async-graphql's own `dataloader` waits a millisecond instead, does not remember keys without a value, fetches keys
//! again that are in flight, and continues after its request has ended. The two compared on the queries of the test
//! module `statements` (debug build, SQLite, medians of 200 requests):
//!
//! - scoreboard of 5 decisions: 15 statements and 9 ms here, 15 or 16 and 15 ms there; of 50: 15 and 45 ms, 15 to
//!   17 and 49 ms;
//! - responses of 5 customers: 6 statements and 2 ms here, 7 and 16 ms there; of 50: 6 and 8 ms, 7 and 20 ms.
//!
//! Without its millisecond it is as fast as this and takes up to 36 statements for the scoreboard of 50.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use entity::StoreError;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

/// The number of poll rounds without a new load before a batch starts. More than thirty siblings are not all polled in
/// one round: a single quiet round does not prove that all have been polled.
const QUIET_ROUNDS: u32 = 2;

type FetchedValues<K, V> = Result<HashMap<K, V>, Arc<StoreError>>;
type FetchFunction<K, V> = Arc<dyn Fn(Vec<K>) -> BoxFuture<'static, FetchedValues<K, V>> + Send + Sync>;
type BatchFuture = Shared<BoxFuture<'static, Result<(), Arc<StoreError>>>>;

/// Looks up values by key, each key once.
pub struct Loader<K, V>(Arc<LoaderInner<K, V>>);

impl<K, V> Clone for Loader<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct LoaderInner<K, V> {
    fetch: FetchFunction<K, V>,
    state: Mutex<LoaderState<K, V>>,
}

struct LoaderState<K, V> {
    values: HashMap<K, Option<V>>,
    open: Option<OpenBatch<K>>,
    /// Keys that are being fetched, each with its batch.
    in_flight: HashMap<K, BatchFuture>,
}

struct OpenBatch<K> {
    keys: HashSet<K>,
    /// The number of loads that joined the batch, including those of keys that it already had.
    requests: usize,
    batch: BatchFuture,
}

impl<K, V> Loader<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A loader that fetches the keys of a batch with a function.
    pub fn new<F>(fetch: impl Fn(Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<HashMap<K, V>, StoreError>> + Send + 'static,
    {
        Self::over(move |keys| fetch(keys).map(|found| found.map_err(Arc::new)))
    }

    /// A loader whose function uses other loaders, and returns their shared error.
    pub fn over<F>(fetch: impl Fn(Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = FetchedValues<K, V>> + Send + 'static,
    {
        let fetch: FetchFunction<K, V> = Arc::new(move |keys| fetch(keys).boxed());
        let state = Mutex::new(LoaderState { values: HashMap::new(), open: None, in_flight: HashMap::new() });
        Self(Arc::new(LoaderInner { fetch, state }))
    }

    /// The value of a key; `None` when there is none.
    pub async fn load(&self, key: K) -> Result<Option<V>, Arc<StoreError>> {
        let batch = {
            let mut state = self.0.lock();
            if let Some(value) = state.values.get(&key) {
                return Ok(value.clone());
            }
            if let Some(batch) = state.in_flight.get(&key) {
                batch.clone()
            } else {
                let begin = || OpenBatch { keys: HashSet::new(), requests: 0, batch: self.start_batch() };
                let open = state.open.get_or_insert_with(begin);
                open.keys.insert(key.clone());
                open.requests += 1;
                open.batch.clone()
            }
        };
        match batch.await {
            Ok(()) => Ok(self.0.lock().values.get(&key).cloned().flatten()),
            // A row that cannot be read must not cost the other keys of its batch their values.
            Err(error) if error.is_about_a_row() => Ok((self.0.fetch)(vec![key.clone()]).await?.remove(&key)),
            Err(error) => Err(error),
        }
    }

    fn start_batch(&self) -> BatchFuture {
        // The batch is kept in the state that it works on: a strong reference would keep both for ever where a request
        // ends before its batch.
        let loader = Arc::downgrade(&self.0);
        let work = async move {
            let (mut requests, mut quiet_rounds) = (None, 0);
            while quiet_rounds < QUIET_ROUNDS {
                let current = loader.upgrade().and_then(|inner| inner.open_requests());
                quiet_rounds = if requests == current { quiet_rounds + 1 } else { 0 };
                requests = current;
                PollRound::default().await;
            }
            let Some(inner) = loader.upgrade() else { return Ok(()) };
            let (keys, fetch) = (inner.close_batch(), Arc::clone(&inner.fetch));
            drop(inner);
            let found = fetch(keys.clone()).await;
            match loader.upgrade() {
                Some(inner) => inner.store_values(keys, found),
                None => Ok(()),
            }
        };
        work.boxed().shared()
    }
}

impl<K: Clone + Eq + Hash, V> LoaderInner<K, V> {
    fn lock(&self) -> MutexGuard<'_, LoaderState<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the open batch and returns its keys.
    fn close_batch(&self) -> Vec<K> {
        let mut state = self.lock();
        let Some(open) = state.open.take() else { return Vec::new() };
        state.in_flight.extend(open.keys.iter().map(|key| (key.clone(), open.batch.clone())));
        open.keys.into_iter().collect()
    }

    /// Stores the values that a batch has fetched; a key without a value is stored as `None`.
    fn store_values(&self, keys: Vec<K>, found: FetchedValues<K, V>) -> Result<(), Arc<StoreError>> {
        let mut state = self.lock();
        for key in &keys {
            state.in_flight.remove(key);
        }
        let mut found = found?;
        for key in keys {
            let value = found.remove(&key);
            state.values.insert(key, value);
        }
        Ok(())
    }

    fn open_requests(&self) -> Option<usize> {
        self.lock().open.as_ref().map(|open| open.requests)
    }
}

/// Completes when the current poll of the task has ended: `yield_now` alone completes as soon as it is polled again,
/// and every sibling that waits for the batch polls it in the same round.
#[derive(Default)]
struct PollRound(Option<Arc<RoundWaker>>);

/// Wakes the task at the end of a poll round.
struct RoundWaker {
    has_woken: AtomicBool,
    waker: Waker,
}

impl Wake for RoundWaker {
    fn wake(self: Arc<Self>) {
        self.has_woken.store(true, Ordering::Release);
        self.waker.wake_by_ref();
    }
}

impl Future for PollRound {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(round_waker) = &self.0 {
            return if round_waker.has_woken.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending };
        }
        let round_waker = Arc::new(RoundWaker { has_woken: AtomicBool::new(false), waker: context.waker().clone() });
        let waker = Waker::from(Arc::clone(&round_waker));
        // Its result does not matter: the runtime keeps the waker and calls it after this poll of the task.
        let _ = pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&waker));
        self.0 = Some(round_waker);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[tokio::test]
    async fn keys_requested_together_are_fetched_once() {
        let fetches = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&fetches);
        let loader = Loader::new(move |keys: Vec<i32>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { Ok(keys.into_iter().filter(|key| *key < 50).map(|key| (key, key * 2)).collect()) }
        });
        let found = futures_util::future::join_all((0..100).map(|key| loader.load(key))).await;
        assert_eq!(found[7].as_ref().expect("fetched"), &Some(14));
        assert_eq!(found[70].as_ref().expect("fetched"), &None);
        assert_eq!(loader.load(7).await.expect("kept"), Some(14));
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
    }
}
