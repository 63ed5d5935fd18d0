//! What subscribers wait for: the progress of runs and changed verdicts, whichever process makes them.
//!
//! One feed in each process reads the present state while somebody subscribes, see [`feed`]. A subscriber compares the
//! newest state with what it was told: whoever is slow misses states in between, and nothing piles up.

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

/// How often things happen that nobody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveTimings {
    /// Between two signs of life of a stream, and between two looks at its token.
    pub keep_alive: Duration,
    /// Until a websocket must have said who asks.
    pub connection_init: Duration,
    /// Between two looks at a database that tells nobody.
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

/// The newest state; `None` until it was read for the first time.
type LatestState = Option<Arc<LiveState>>;

/// The feed of a process and who sits at it.
#[derive(Debug)]
pub struct LiveHub {
    /// The feed at work; it takes itself away when nobody listens any more.
    feed: Arc<Mutex<Option<watch::Sender<LatestState>>>>,
    poll: Duration,
    limiter: StreamLimiter,
    stopping: watch::Sender<bool>,
}

impl LiveHub {
    /// Without anybody who listens.
    pub fn new(limits: &RequestLimits, timings: LiveTimings, metrics: &Metrics) -> Self {
        let limiter = StreamLimiter::new(limits, metrics);
        Self { feed: Arc::default(), poll: timings.poll, limiter, stopping: watch::Sender::new(false) }
    }

    /// A seat for a subscription of somebody, unless too many are taken.
    pub fn acquire_subscription(&self, viewer: &str) -> Result<StreamPermit, LimitExceeded> {
        self.limiter.acquire_subscription(viewer)
    }

    /// A seat for a websocket, unless too many are taken.
    pub fn acquire_websocket(&self) -> Result<StreamPermit, LimitExceeded> {
        self.limiter.acquire_websocket()
    }

    /// Somebody who is told what happens from now on. Done once the present state is known; `None` when that
    /// is not to be had, or when the process is to stop.
    pub async fn subscribe(&self, database: &Database, topic: SubscriptionTopic) -> Option<Subscriber> {
        let mut states = self.states(database);
        let mut stopping = self.stopping();
        tokio::select! {
            known = states.wait_for(Option::is_some) => known.is_ok(),
            _ = stopping.wait_for(|is_set| *is_set) => false,
        }
        .then(|| Subscriber::new(states, topic, database.clone()))
    }

    /// Tells all streams to end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Tells whether the streams are to end. As long as somebody holds it, the process waits for its stream.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Done when every stream has ended.
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
        let place = Arc::clone(&self.feed);
        let is_over = move |sender: &watch::Sender<LatestState>| {
            let mut feed = place.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever subscribes does so under the same lock: nobody is left with a feed that has ended.
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

/// Done when the streams are to end.
pub async fn wait_for_stop(stopping: &mut watch::Receiver<bool>) {
    // The sender outlives whoever waits.
    let _ = stopping.wait_for(|is_set| *is_set).await;
}
