//! Limits on open streams, in total and per viewer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::gauge::Gauge;

use crate::limits::{LimitExceeded, RequestLimits};
use crate::metrics::Metrics;

/// Counts the open streams of a process and enforces the limits on them.
#[derive(Debug)]
pub struct StreamLimiter {
    open: Arc<Mutex<StreamCounts>>,
    total_limit: u64,
    viewer_limit: u64,
    subscriptions: Gauge,
    websockets: Gauge,
}

#[derive(Debug, Default)]
struct StreamCounts {
    by_viewer: HashMap<String, u64>,
    subscriptions: u64,
    websockets: u64,
}

/// The permit of one open stream; released when it is dropped.
#[derive(Debug)]
pub struct StreamPermit {
    open: Arc<Mutex<StreamCounts>>,
    /// The subscription's viewer; `None` for a websocket.
    viewer: Option<String>,
    gauge: Gauge,
}

impl StreamLimiter {
    /// A limiter without open streams; the metrics show how many are open.
    pub fn new(limits: &RequestLimits, metrics: &Metrics) -> Self {
        Self {
            open: Arc::default(),
            total_limit: limits.subscriptions,
            viewer_limit: limits.subscriptions_per_token,
            subscriptions: metrics.subscriptions().clone(),
            websockets: metrics.websockets().clone(),
        }
    }

    /// A permit for a subscription of this viewer.
    pub fn acquire_subscription(&self, viewer: &str) -> Result<StreamPermit, LimitExceeded> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.by_viewer.get(viewer).copied().unwrap_or_default() + 1;
        let noun = "subscriptions open with its token";
        LimitExceeded::check("subscriptions_per_token", noun, self.viewer_limit, own)?;
        LimitExceeded::check(
            "subscriptions",
            "subscriptions open in the process",
            self.total_limit,
            open.subscriptions + 1,
        )?;
        open.subscriptions += 1;
        open.by_viewer.insert(viewer.to_owned(), own);
        Ok(self.permit(Some(viewer.to_owned()), &self.subscriptions))
    }

    /// A permit for a websocket.
    pub fn acquire_websocket(&self) -> Result<StreamPermit, LimitExceeded> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        LimitExceeded::check("subscriptions", "websockets open in the process", self.total_limit, open.websockets + 1)?;
        open.websockets += 1;
        Ok(self.permit(None, &self.websockets))
    }

    fn permit(&self, viewer: Option<String>, gauge: &Gauge) -> StreamPermit {
        gauge.inc();
        StreamPermit { open: Arc::clone(&self.open), viewer, gauge: gauge.clone() }
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.gauge.dec();
        let Some(viewer) = &self.viewer else {
            open.websockets -= 1;
            return;
        };
        open.subscriptions -= 1;
        let remaining = open.by_viewer.get(viewer).copied().unwrap_or_default().saturating_sub(1);
        if remaining == 0 {
            open.by_viewer.remove(viewer);
        } else {
            open.by_viewer.insert(viewer.clone(), remaining);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_are_bounded_per_viewer_and_in_total_and_released() {
        let limits = RequestLimits { subscriptions_per_token: 2, subscriptions: 3, ..RequestLimits::default() };
        let metrics = Metrics::default();
        let limiter = StreamLimiter::new(&limits, &metrics);
        let one = limiter.acquire_subscription("ada").expect("a permit");
        let _two = limiter.acquire_subscription("ada").expect("a permit");
        assert_eq!(limiter.acquire_subscription("ada").expect_err("full").limit, "subscriptions_per_token");
        let _three = limiter.acquire_subscription("bob").expect("a permit");
        assert_eq!(limiter.acquire_subscription("bob").expect_err("full").limit, "subscriptions");
        assert_eq!(metrics.subscriptions().get(), 3);
        drop(one);
        let _again = limiter.acquire_subscription("ada").expect("a permit");
        let sockets: Vec<StreamPermit> = (0..3).map(|_| limiter.acquire_websocket().expect("a permit")).collect();
        assert_eq!(limiter.acquire_websocket().expect_err("full").limit, "subscriptions");
        drop(sockets);
        assert_eq!((metrics.websockets().get(), metrics.subscriptions().get()), (0, 3));
    }
}
