//! How many may listen at a time: in all, and of one token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::gauge::Gauge;

use crate::limits::{Exceeded, Limits};
use crate::metrics::Metrics;

/// The seats of a process.
#[derive(Debug)]
pub struct Seats {
    taken: Arc<Mutex<Taken>>,
    in_all: u64,
    per_viewer: u64,
    subscriptions: Gauge,
    websockets: Gauge,
}

#[derive(Debug, Default)]
struct Taken {
    by_viewer: HashMap<String, u64>,
    subscriptions: u64,
    websockets: u64,
}

/// A seat that is taken, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    taken: Arc<Mutex<Taken>>,
    /// Whose subscription it is; `None` of a websocket.
    viewer: Option<String>,
    gauge: Gauge,
}

impl Seats {
    /// Seats within the limits, told by the metrics.
    pub fn new(limits: &Limits, metrics: &Metrics) -> Self {
        Self {
            taken: Arc::default(),
            in_all: limits.subscriptions,
            per_viewer: limits.subscriptions_per_token,
            subscriptions: metrics.subscriptions().clone(),
            websockets: metrics.websockets().clone(),
        }
    }

    /// Takes one for a subscription.
    pub fn take(&self, viewer: &str) -> Result<Seat, Exceeded> {
        let mut open = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.by_viewer.get(viewer).copied().unwrap_or_default() + 1;
        let noun = "subscriptions open with its token";
        Exceeded::check("subscriptions_per_token", noun, self.per_viewer, own)?;
        Exceeded::check("subscriptions", "subscriptions open beside it", self.in_all, open.subscriptions + 1)?;
        open.subscriptions += 1;
        open.by_viewer.insert(viewer.to_owned(), own);
        Ok(self.seat(Some(viewer.to_owned()), &self.subscriptions))
    }

    /// Takes one for a websocket.
    pub fn take_socket(&self) -> Result<Seat, Exceeded> {
        let mut open = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        Exceeded::check("subscriptions", "websockets open beside it", self.in_all, open.websockets + 1)?;
        open.websockets += 1;
        Ok(self.seat(None, &self.websockets))
    }

    fn seat(&self, viewer: Option<String>, gauge: &Gauge) -> Seat {
        gauge.inc();
        Seat { taken: Arc::clone(&self.taken), viewer, gauge: gauge.clone() }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
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
    fn seats_are_bounded_for_each_viewer_and_in_all_and_given_back() {
        let limits = Limits { subscriptions_per_token: 2, subscriptions: 3, ..Limits::default() };
        let metrics = Metrics::default();
        let seats = Seats::new(&limits, &metrics);
        let (one, _two) = (seats.take("ada").expect("a seat"), seats.take("ada").expect("a seat"));
        assert_eq!(seats.take("ada").expect_err("full").limit, "subscriptions_per_token");
        let _three = seats.take("bob").expect("a seat");
        assert_eq!(seats.take("bob").expect_err("full").limit, "subscriptions");
        assert_eq!(metrics.subscriptions().get(), 3);
        drop(one);
        let _again = seats.take("ada").expect("a seat");
        let sockets: Vec<Seat> = (0..3).map(|_| seats.take_socket().expect("a seat")).collect();
        assert_eq!(seats.take_socket().expect_err("full").limit, "subscriptions");
        drop(sockets);
        assert_eq!((metrics.websockets().get(), metrics.subscriptions().get()), (0, 3));
    }
}
