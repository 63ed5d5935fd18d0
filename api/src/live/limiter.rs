//! How many may listen at a time: in all, and of one token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::gauge::Gauge;

use crate::limits::{LimitExceeded, RequestLimits};
use crate::metrics::Metrics;

/// The seats of a process.
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

/// A seat that is taken, until it is dropped.
#[derive(Debug)]
pub struct StreamPermit {
    open: Arc<Mutex<StreamCounts>>,
    /// Whose subscription it is; `None` of a websocket.
    viewer: Option<String>,
    gauge: Gauge,
}

impl StreamLimiter {
    /// Seats within the limits, told by the metrics.
    pub fn new(limits: &RequestLimits, metrics: &Metrics) -> Self {
        Self {
            open: Arc::default(),
            total_limit: limits.subscriptions,
            viewer_limit: limits.subscriptions_per_token,
            subscriptions: metrics.subscriptions().clone(),
            websockets: metrics.websockets().clone(),
        }
    }

    /// Takes one for a subscription.
    pub fn acquire_subscription(&self, viewer: &str) -> Result<StreamPermit, LimitExceeded> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.by_viewer.get(viewer).copied().unwrap_or_default() + 1;
        let noun = "subscriptions open with its token";
        LimitExceeded::check("subscriptions_per_token", noun, self.viewer_limit, own)?;
        LimitExceeded::check(
            "subscriptions",
            "subscriptions open beside it",
            self.total_limit,
            open.subscriptions + 1,
        )?;
        open.subscriptions += 1;
        open.by_viewer.insert(viewer.to_owned(), own);
        Ok(self.permit(Some(viewer.to_owned()), &self.subscriptions))
    }

    /// Takes one for a websocket.
    pub fn acquire_websocket(&self) -> Result<StreamPermit, LimitExceeded> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        LimitExceeded::check("subscriptions", "websockets open beside it", self.total_limit, open.websockets + 1)?;
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
        let seats = StreamLimiter::new(&limits, &metrics);
        let (one, _two) =
            (seats.acquire_subscription("ada").expect("a seat"), seats.acquire_subscription("ada").expect("a seat"));
        assert_eq!(seats.acquire_subscription("ada").expect_err("full").limit, "subscriptions_per_token");
        let _three = seats.acquire_subscription("bob").expect("a seat");
        assert_eq!(seats.acquire_subscription("bob").expect_err("full").limit, "subscriptions");
        assert_eq!(metrics.subscriptions().get(), 3);
        drop(one);
        let _again = seats.acquire_subscription("ada").expect("a seat");
        let sockets: Vec<StreamPermit> = (0..3).map(|_| seats.acquire_websocket().expect("a seat")).collect();
        assert_eq!(seats.acquire_websocket().expect_err("full").limit, "subscriptions");
        drop(sockets);
        assert_eq!((metrics.websockets().get(), metrics.subscriptions().get()), (0, 3));
    }
}
