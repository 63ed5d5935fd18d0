//! The budgets of viewers: a token bucket for each, filled at a steady rate and emptied by the cost of queries.
//!
//! Budgets are in the memory of one process: several processes on one database each have their own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::{ErrorExtensionValues, ServerError};
use entity::Timestamp;

use super::super::error::{ErrorCode, request_error};

/// A full budget holds the points of this many seconds.
pub const SAVED_SECONDS: u64 = 10;

/// The number of buckets at which full ones are dropped: a missing bucket counts as full.
const BUCKETS_LIMIT: usize = 10_000;

/// The token buckets of recent viewers, by the viewer's name.
#[derive(Debug)]
pub struct CostBudgets {
    per_second: u64,
    buckets: Mutex<HashMap<String, TokenBucket>>,
}

#[derive(Clone, Copy, Debug)]
struct TokenBucket {
    /// In millionths of a point, so that whole microseconds fill it.
    millionths: u128,
    at: Timestamp,
}

/// A query that costs more than what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetExceeded {
    /// The cost of the query, in points.
    pub cost: u64,
    /// The budget that is left, in points.
    pub left: u64,
    /// The number of seconds until the budget covers the cost, at least 1.
    pub retry_after_seconds: u64,
}

impl CostBudgets {
    /// Budgets that grow by `per_second` points in a second.
    pub fn new(per_second: u64) -> Self {
        Self { per_second, buckets: Mutex::default() }
    }

    /// Charges the cost of a query to the budget of the viewer `name`. Returns the points that are left; an error
    /// charges nothing.
    pub fn charge(&self, name: &str, cost: u64, now: Timestamp) -> Result<u64, BudgetExceeded> {
        let full = u128::from(self.per_second) * u128::from(SAVED_SECONDS) * 1_000_000;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_LIMIT && !buckets.contains_key(name) {
            buckets.retain(|_, bucket| self.refilled(*bucket, now, full) < full);
        }
        let balance = buckets.get(name).map_or(full, |bucket| self.refilled(*bucket, now, full));
        let price = u128::from(cost) * 1_000_000;
        let outcome = match balance.checked_sub(price) {
            Some(rest) => Ok(points(rest)),
            None => Err(BudgetExceeded {
                cost,
                left: points(balance),
                retry_after_seconds: self.seconds_until(price - balance),
            }),
        };
        let millionths = balance.checked_sub(price).unwrap_or(balance);
        buckets.insert(name.to_owned(), TokenBucket { millionths, at: now });
        outcome
    }

    /// The bucket as refilled by now. A clock that is set back fills nothing.
    fn refilled(&self, bucket: TokenBucket, now: Timestamp, full: u128) -> u128 {
        let micros = now.since(bucket.at).as_micros();
        full.min(bucket.millionths.saturating_add(micros.saturating_mul(self.per_second.into())))
    }

    fn seconds_until(&self, missing: u128) -> u64 {
        let seconds = missing.div_ceil(u128::from(self.per_second.max(1)) * 1_000_000);
        u64::try_from(seconds).expect("a budget grows by a point in a second at least").max(1)
    }
}

fn points(millionths: u128) -> u64 {
    // A budget without a limit, as the command line has, saves more points than the number holds.
    u64::try_from(millionths / 1_000_000).unwrap_or(u64::MAX)
}

impl BudgetExceeded {
    /// The error for the client, `LIMIT_EXCEEDED` with the numbers as extensions.
    pub fn error(&self, per_second: u64) -> ServerError {
        let Self { cost, left, retry_after_seconds } = self;
        let message = format!(
            "the query costs {cost} points, and the token's budget has {left} left: it grows by {per_second} in a second, \
             try again in {retry_after_seconds} s (the limit \"cost_per_second\")"
        );
        let mut error = request_error(ErrorCode::LimitExceeded, message);
        let values = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        values.set("limit", "cost_per_second");
        values.set("maximum", per_second);
        values.set("found", *cost);
        values.set("left", *left);
        values.set("retryAfterSeconds", *retry_after_seconds);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_budget_is_used_up_and_grows_again_and_each_has_its_own() {
        let budgets = CostBudgets::new(100);
        let charge = |name: &str, cost, at| budgets.charge(name, cost, Timestamp(at));
        assert_eq!(charge("ada", 900, 0), Ok(100));
        assert_eq!(charge("ada", 350, 0), Err(BudgetExceeded { cost: 350, left: 100, retry_after_seconds: 3 }));
        assert_eq!(charge("bob", 1_000, 0), Ok(0));
        // What was refused was not charged.
        assert_eq!(charge("ada", 350, 2 * SECOND + SECOND / 2), Ok(0));
        assert_eq!(
            charge("ada", 1, 2 * SECOND + SECOND / 2 + 5_000),
            Err(BudgetExceeded { cost: 1, left: 0, retry_after_seconds: 1 })
        );
        assert_eq!(charge("ada", 1, 2 * SECOND + SECOND / 2 + 10_000), Ok(0));
        assert_eq!(charge("ada", 0, 1_000 * SECOND), Ok(1_000), "no more than ten seconds' worth is saved");
        assert_eq!(charge("ada", 10, 500 * SECOND), Ok(990), "a clock that is set back fills nothing");
    }

    #[test]
    fn full_budgets_are_dropped_when_there_are_many() {
        let budgets = CostBudgets::new(10);
        for at in 0..BUCKETS_LIMIT {
            assert_eq!(budgets.charge(&format!("token {at}"), 1, Timestamp(0)), Ok(99));
        }
        assert_eq!(budgets.charge("another", 1, Timestamp(SECOND)), Ok(99));
        assert_eq!(budgets.buckets.lock().expect("a lock").len(), 1);
    }
}
