//! Events for subscribers: the progress of runs and changed verdicts, from any process on the database.
//!
//! One feed per process reads the current state while there are subscribers, see [`feed`]. A subscriber compares the
//! newest state with the last one it sent: a slow client skips intermediate states, and nothing is queued.

mod feed;
mod limiter;
mod state;
mod subscriber;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::Database;
use tokio::sync::watch;

use limiter::StreamLimiter;
pub use limiter::StreamPermit;
use state::LiveState;
pub use subscriber::{Subscriber, SubscriptionEvent, SubscriptionTopic};

use crate::limits::{LimitExceeded, RequestLimits};
use crate::metrics::Metrics;

/// Intervals and timeouts of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveTimings {
    /// Time between two keep-alive messages of a stream, and between two checks of its credential.
    pub keep_alive: Duration,
    /// Time within which a websocket must send `connection_init`.
    pub connection_init: Duration,
    /// Poll interval of a database without notifications.
    pub poll: Duration,
}

impl Default for LiveTimings {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(15),
            connection_init: Duration::from_secs(10),
            poll: Duration::from_millis(500),
        }
    }
}

/// The newest state; `None` until it was first read.
type LatestState = Option<Arc<LiveState>>;

/// The change feed of a process and its open streams.
#[derive(Debug)]
pub struct LiveHub {
    /// The running feed; it removes itself when the last subscriber leaves.
    feed: Arc<Mutex<Option<watch::Sender<LatestState>>>>,
    poll: Duration,
    limiter: StreamLimiter,
    stopping: watch::Sender<bool>,
}

impl LiveHub {
    /// A hub without subscribers; the feed starts with the first one.
    pub fn new(limits: &RequestLimits, timings: LiveTimings, metrics: &Metrics) -> Self {
        let limiter = StreamLimiter::new(limits, metrics);
        Self { feed: Arc::default(), poll: timings.poll, limiter, stopping: watch::Sender::new(false) }
    }

    /// A permit for a subscription of this viewer; an error when too many are open.
    pub fn acquire_subscription(&self, viewer: &str) -> Result<StreamPermit, LimitExceeded> {
        self.limiter.acquire_subscription(viewer)
    }

    /// A permit for a websocket; an error when too many are open.
    pub fn acquire_websocket(&self) -> Result<StreamPermit, LimitExceeded> {
        self.limiter.acquire_websocket()
    }

    /// A subscriber to changes from now on. Completes once the current state was read; `None` when the feed has ended
    /// or the process is stopping.
    pub async fn subscribe(&self, database: &Database, topic: SubscriptionTopic) -> Option<Subscriber> {
        let mut states = self.states(database);
        let mut stopping = self.stopping();
        tokio::select! {
            state = states.wait_for(Option::is_some) => state.is_ok(),
            _ = stopping.wait_for(|is_set| *is_set) => false,
        }
        .then(|| Subscriber::new(states, topic, database.clone()))
    }

    /// Makes all streams end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// A receiver that becomes true when the streams must end. The process waits for every stream that holds one.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Completes when every stream has ended.
    pub async fn wait_until_closed(&self) {
        self.stopping.closed().await;
    }

    fn states(&self, database: &Database) -> watch::Receiver<LatestState> {
        let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*feed {
            return sender.subscribe();
        }
        let (sender, states) = watch::channel(None);
        *feed = Some(sender.clone());
        let slot = Arc::clone(&self.feed);
        let is_over = move |sender: &watch::Sender<LatestState>| {
            let mut feed = slot.lock().unwrap_or_else(PoisonError::into_inner);
            // Subscribing takes the same lock: no subscriber is left with a feed that has ended.
            let is_over = sender.receiver_count() == 0;
            if is_over {
                *feed = None;
            }
            is_over
        };
        tokio::spawn(feed::run_feed(database.clone(), self.poll, sender, is_over));
        states
    }
}

/// Completes when the streams must end.
pub async fn wait_for_stop(stopping: &mut watch::Receiver<bool>) {
    // An error means that the hub was dropped, which also ends the streams.
    let _ = stopping.wait_for(|is_set| *is_set).await;
}
