//! The weeks of the sample company. Everything that happens in it is placed by the number of its
//! week, so that the story is the same whichever day it is told; only the annual season and the
//! years people joined follow the real date.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Weeks of answers before `today`: eighteen months, enough for one full season before the
/// company-wide decision.
pub(super) const WEEKS: u32 = 78;

/// Complete weeks from Monday to Monday, the last one ending before the week of `today`.
pub(super) struct DemoCalendar {
    start: NaiveDate,
}

impl DemoCalendar {
    pub(super) fn new(today: NaiveDate) -> Self {
        let monday = today.week(Weekday::Mon).checked_first_day().unwrap_or(today);
        let start = monday.checked_sub_days(Days::new(u64::from(WEEKS) * 7)).unwrap_or(monday);
        Self { start }
    }

    /// The day so many days after the Monday of week `week` (0 is the first week of answers).
    ///
    /// At the end of the calendar that `chrono` can count, days pile up on the last one instead of
    /// failing.
    pub(super) fn day(&self, week: u32, days_after_monday: u32) -> NaiveDate {
        let days = Days::new(u64::from(week) * 7 + u64::from(days_after_monday));
        self.start.checked_add_days(days).unwrap_or(NaiveDate::MAX)
    }

    pub(super) fn monday(&self, week: u32) -> NaiveDate {
        self.day(week, 0)
    }

    /// So many days before the first answer, for customers who were there already.
    pub(super) fn before(&self, days: u32) -> NaiveDate {
        self.start.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
    }

    /// The first day after the last complete week.
    pub(super) fn end(&self) -> NaiveDate {
        self.monday(WEEKS)
    }

    /// The year of `end` and the one before it: who joined in these is a newcomer.
    pub(super) fn newcomer_years(&self) -> [i32; 2] {
        let year = self.end().year();
        [year - 1, year]
    }
}
