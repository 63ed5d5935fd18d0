//! The clock of the machine: the one place that asks for it.

use entity::Timestamp;
use jobs::clock::Clock;

/// The clock that everything else is handed.
#[expect(clippy::disallowed_methods, reason = "the clock that everything else is handed")]
pub fn system_clock() -> Clock {
    Clock::new(|| Timestamp::from(chrono::Utc::now()))
}
