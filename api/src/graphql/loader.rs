//! Batched look-ups: what many resolvers of one request ask for at the same moment becomes one statement.
//!
//! The resolvers of a request are polled together in one task. The first to ask opens a batch, which waits as long as
//! siblings keep asking and starts when a round of polls brings nobody new. There is no timer: a level of nesting
//! costs no fixed delay.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::StoreError;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

type Found<K, V> = Result<HashMap<K, V>, StoreError>;
type Fetch<K, V> = Box<dyn Fn(Vec<K>) -> BoxFuture<'static, Found<K, V>> + Send + Sync>;
type Batch = Shared<BoxFuture<'static, Result<(), Arc<StoreError>>>>;

/// Looks up values by key, each key once.
pub struct Loader<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    fetch: Fetch<K, V>,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    known: HashMap<K, Option<V>>,
    open: Option<Open<K>>,
}

struct Open<K> {
    keys: HashSet<K>,
    /// How often the batch was asked for something, also for keys it has.
    asked: usize,
    batch: Batch,
}

impl<K, V> Loader<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A loader that fetches what a batch asked for with a function.
    pub fn new<F>(fetch: impl Fn(Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Found<K, V>> + Send + 'static,
    {
        let fetch: Fetch<K, V> = Box::new(move |keys| fetch(keys).boxed());
        let state = Mutex::new(State { known: HashMap::new(), open: None });
        Self(Arc::new(Inner { fetch, state }))
    }

    /// The value of a key; `None` when there is none.
    pub async fn load(&self, key: K) -> Result<Option<V>, Arc<StoreError>> {
        let batch = {
            let mut state = self.0.lock();
            if let Some(known) = state.known.get(&key) {
                return Ok(known.clone());
            }
            let open = state.open.get_or_insert_with(|| Open { keys: HashSet::new(), asked: 0, batch: self.batch() });
            open.keys.insert(key.clone());
            open.asked += 1;
            open.batch.clone()
        };
        batch.await?;
        Ok(self.0.lock().known.get(&key).cloned().flatten())
    }

    fn batch(&self) -> Batch {
        // The batch is kept in the state that it works on: a strong reference would keep both for ever.
        let inner = Arc::downgrade(&self.0);
        let work = async move {
            let Some(inner) = inner.upgrade() else { return Ok(()) };
            // A sibling that asks polls the batch itself, so a poll by itself does not mean that a round is over.
            let mut asked = None;
            while asked != inner.asked() {
                asked = inner.asked();
                tokio::task::yield_now().await;
            }
            let keys = inner.lock().open.take().map(|open| open.keys).unwrap_or_default();
            let mut found = (inner.fetch)(keys.iter().cloned().collect()).await.map_err(Arc::new)?;
            let mut state = inner.lock();
            for key in keys {
                let value = found.remove(&key);
                state.known.insert(key, value);
            }
            Ok(())
        };
        work.boxed().shared()
    }
}

impl<K, V> Inner<K, V> {
    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self) -> Option<usize> {
        self.lock().open.as_ref().map(|open| open.asked)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_is_asked_at_once_is_fetched_once() {
        let fetches = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&fetches);
        let loader = Loader::new(move |keys: Vec<i32>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move { Ok(keys.into_iter().filter(|key| *key < 50).map(|key| (key, key * 2)).collect()) }
        });
        let found = futures_util::future::join_all((0..100).map(|key| loader.load(key))).await;
        assert_eq!(found[7].as_ref().ok(), Some(&Some(14)));
        assert_eq!(found[70].as_ref().ok(), Some(&None));
        assert!(loader.load(7).await.is_ok());
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
    }
}
