//! Whether the machine's clock can be trusted with slots: a clock that is ahead for a moment would record slots of the
//! future, which then never run.
//!
//! On PostgreSQL the clock must agree with the database's. Everywhere it must run as fast as the monotonic clock: after a
//! jump it has to be steady for a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use entity::Timestamp;

/// By how much the clock may differ from the database's.
const DIFFERENCE: Duration = Duration::from_mins(1);

/// By how much more or less than the monotonic clock it may advance from one look to the next.
const JUMP: Duration = Duration::from_secs(30);

/// How long the clock must be steady after a jump.
const STEADY: Duration = Duration::from_mins(1);

/// The readings of one process.
#[derive(Debug, Default)]
pub struct ClockGuard(Mutex<ClockHistory>);

#[derive(Debug, Default)]
struct ClockHistory {
    last: Option<(Duration, Timestamp)>,
    /// When the clock jumped last.
    jumped_at: Option<Duration>,
}

impl ClockGuard {
    /// Why the clock cannot be trusted with slots; `None` when it can.
    ///
    /// `monotonic` counts from any moment; `database` is the time of a database that has a clock of its own.
    pub fn doubt(&self, monotonic: Duration, wall: Timestamp, database: Option<Timestamp>) -> Option<String> {
        let mut history = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, earlier)) = history.last.replace((monotonic, wall)) {
            let expected = earlier.plus(monotonic.saturating_sub(before));
            if apart(expected, wall) > JUMP {
                history.jumped_at = Some(monotonic);
            }
        }
        if let Some(database) = database.filter(|database| apart(*database, wall) > DIFFERENCE) {
            return Some(format!(
                "the clock of this machine is {} seconds from the database's",
                wall.0.saturating_sub(database.0) / 1_000_000
            ));
        }
        // A database with a clock of its own has just confirmed this one.
        let jumped_at = history.jumped_at.filter(|_| database.is_none())?;
        let steady = monotonic.saturating_sub(jumped_at);
        (steady < STEADY).then(|| "the clock of this machine jumped, and is not yet steady for a minute".to_owned())
    }
}

fn apart(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_clock_that_jumps_is_trusted_again_once_it_is_steady_for_a_minute() {
        let guard = ClockGuard::default();
        let at = |second: i64| Timestamp(0).plus_seconds(second);
        let day = 86_400;
        assert_eq!(guard.doubt(seconds(0), at(1_000), None), None);
        assert_eq!(guard.doubt(seconds(10), at(1_012), None), None, "a correction by seconds is no jump");
        assert!(guard.doubt(seconds(20), at(1_022 + 400 * day), None).is_some());
        assert!(guard.doubt(seconds(36), at(1_038), None).is_some(), "back again: another jump");
        assert!(guard.doubt(seconds(95), at(1_097), None).is_some());
        assert_eq!(guard.doubt(seconds(96), at(1_098), None), None);
    }

    #[test]
    fn a_database_with_a_clock_decides() {
        let guard = ClockGuard::default();
        let at = |second: i64| Timestamp(0).plus_seconds(second);
        assert_eq!(guard.doubt(seconds(0), at(1_000), Some(at(1_059))), None);
        let doubt = guard.doubt(seconds(1), at(1_001), Some(at(1_100)));
        assert_eq!(doubt.as_deref(), Some("the clock of this machine is -99 seconds from the database's"));
        assert_eq!(guard.doubt(seconds(2), at(1_101), Some(at(1_101))), None, "it was set right");
    }
}
