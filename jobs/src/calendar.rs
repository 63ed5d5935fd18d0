//! The reporting calendar of a process, which follows the database's: another process may change the time zone.

use std::sync::Arc;

use arc_swap::ArcSwap;
use entity::{Calendar, Database, StoreError, store};

/// The calendar by whose time zone days begin. Clones share it.
#[derive(Clone, Debug)]
pub struct SharedCalendar(Arc<ArcSwap<Calendar>>);

impl SharedCalendar {
    /// The calendar as it was read last.
    pub fn get(&self) -> Calendar {
        **self.0.load()
    }

    /// Reads the calendar again; a database without one changes nothing.
    pub async fn refresh(&self, database: &Database) -> Result<(), StoreError> {
        if let Some(stored) = store::setting::stored_calendar(database.reader()).await? {
            self.set(stored);
        }
        Ok(())
    }

    /// Replaces the calendar by one that was just read.
    pub fn set(&self, calendar: Calendar) {
        let before = self.get();
        if before != calendar {
            tracing::info!(
                zone = calendar.zone.name(),
                before = before.zone.name(),
                "the reporting time zone has changed"
            );
            self.0.store(Arc::new(calendar));
        }
    }
}

impl From<Calendar> for SharedCalendar {
    fn from(calendar: Calendar) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(calendar)))
    }
}
