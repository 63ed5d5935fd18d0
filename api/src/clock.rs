//! The system clock. No other place reads the machine's time.

use entity::Timestamp;
use jobs::clock::Clock;

/// A clock that reads the machine's time; it is passed to everything that needs the time.
#[expect(clippy::disallowed_methods, reason = "the only place that reads the machine's time")]
pub fn system_clock() -> Clock {
    Clock::of_machine(|| Timestamp::from(chrono::Utc::now()))
}
