//! CPU-bound work: how much of it runs at once, and how it ends early when nobody waits for it any longer.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use crate::error::{Abandoned, CubeError};

/// How many pieces of CPU-bound work run at once in a process: each may need tens of megabytes.
const WORK_LIMIT: usize = 8;

static WORK: Semaphore = Semaphore::const_new(WORK_LIMIT);

thread_local! {
    /// Set once nobody waits for the work of this thread; `None` on threads that work for themselves.
    static IS_ABANDONED: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Tells the work that its requester is gone.
struct Requester(Arc<AtomicBool>);

impl Drop for Requester {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs CPU-bound work on a blocking thread, so that other requests are not delayed. Work whose requester gives up while
/// it waits for its turn is never begun; what has begun ends at its next [`check_wanted`].
pub async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CubeError> {
    let span = tracing::Span::current();
    let permit = WORK.acquire().await.expect("the semaphore is never closed");
    let requester = Requester(Arc::default());
    let is_abandoned = Arc::clone(&requester.0);
    let permitted = move || {
        IS_ABANDONED.set(Some(is_abandoned));
        let done = span.in_scope(work);
        IS_ABANDONED.set(None);
        drop(permit);
        done
    };
    let done = tokio::task::spawn_blocking(permitted).await?;
    drop(requester);
    Ok(done)
}

/// Fails once whoever requested the work of this thread waits for it no longer. Call it before each step that takes
/// milliseconds.
pub fn check_wanted() -> Result<(), Abandoned> {
    let is_abandoned = IS_ABANDONED.with_borrow(|flag| flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)));
    if is_abandoned { Err(Abandoned) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn work_ends_soon_after_its_requester_gave_up() {
        let (begun, wait_for_begin) = mpsc::channel();
        let (ended, end) = mpsc::channel();
        let request = tokio::spawn(run_blocking(move || {
            begun.send(()).expect("a receiver");
            while check_wanted().is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
            ended.send(()).expect("a receiver");
        }));
        let begun = tokio::task::spawn_blocking(move || wait_for_begin.recv_timeout(Duration::from_secs(30)));
        begun.await.expect("a task").expect("the work begins");
        request.abort();
        let end = tokio::task::spawn_blocking(move || end.recv_timeout(Duration::from_secs(30)));
        end.await.expect("a task").expect("the work ends");
        // The thread may be used again: what runs there later is wanted.
        let wanted = run_blocking(check_wanted).await.expect("done");
        assert_eq!(wanted, Ok(()));
    }
}
