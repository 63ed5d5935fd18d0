//! The clock, passed in so that tests and replays can control the time.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use entity::Timestamp;

/// A source of the current time. Clones share it.
#[derive(Clone)]
pub struct Clock(Arc<ClockState>);

struct ClockState {
    read: Box<dyn Fn() -> Timestamp + Send + Sync>,
    is_machines: bool,
    doubt: ArcSwapOption<String>,
}

impl Clock {
    /// A clock that returns what a function returns: that of a test or of the sample company.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::of(now, false)
    }

    /// The machine's clock, which can be wrong.
    pub fn of_machine(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::of(now, true)
    }

    fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static, is_machines: bool) -> Self {
        Self(Arc::new(ClockState { read: Box::new(now), is_machines, doubt: ArcSwapOption::empty() }))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.0.read)()
    }

    /// True for the machine's clock, which is compared with others before slots are made by it.
    pub fn is_machines(&self) -> bool {
        self.0.is_machines
    }

    /// Why the schedule does not trust the clock; `None` while it does.
    pub fn doubt(&self) -> Option<Arc<String>> {
        self.0.doubt.load_full()
    }

    /// Records why the schedule does not trust the clock, and logs when that changes.
    pub(crate) fn set_doubt(&self, doubt: Option<String>) {
        let before = self.doubt();
        match (&before, &doubt) {
            (None, Some(reason)) => tracing::error!(reason, "the schedule waits: no slots are made by a wrong clock"),
            (Some(_), None) => tracing::info!("the clock is trusted again: the schedule goes on"),
            _ => {}
        }
        if before.as_deref() != doubt.as_ref() {
            self.0.doubt.store(doubt.map(Arc::new));
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
