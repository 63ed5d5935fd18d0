//! The weeks of the sample company. Its events are placed by week number, so that they are the same
//! whatever day the company is generated for; only the annual season and the years in which
//! customers joined follow the real date.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Weeks of responses before `today`: eighteen months, enough for one full year of the season before
/// the company-wide decision.
pub(super) const WEEKS: u32 = 78;

/// [`WEEKS`] complete weeks from Monday to Monday, the last one ending before the week of `today`.
pub(super) struct DemoCalendar {
    start: NaiveDate,
}

impl DemoCalendar {
    pub(super) fn new(today: NaiveDate) -> Self {
        let monday = today.week(Weekday::Mon).checked_first_day().unwrap_or(today);
        let start = monday.checked_sub_days(Days::new(u64::from(WEEKS) * 7)).unwrap_or(monday);
        Self { start }
    }

    /// The day that is `days_after_monday` days after the Monday of week `week` (0 is the first week of
    /// responses).
    ///
    /// Days beyond the range of `chrono` are replaced by its last day instead of failing.
    pub(super) fn day(&self, week: u32, days_after_monday: u32) -> NaiveDate {
        let days = Days::new(u64::from(week) * 7 + u64::from(days_after_monday));
        self.start.checked_add_days(days).unwrap_or(NaiveDate::MAX)
    }

    pub(super) fn monday(&self, week: u32) -> NaiveDate {
        self.day(week, 0)
    }

    /// The day that is `days` days before the first week, for customers who joined earlier.
    pub(super) fn before(&self, days: u32) -> NaiveDate {
        self.start.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
    }

    /// The first day after the last complete week.
    pub(super) fn end(&self) -> NaiveDate {
        self.monday(WEEKS)
    }

    /// The year of `end` and the one before it: customers who joined in these years are new.
    pub(super) fn newcomer_years(&self) -> [i32; 2] {
        let year = self.end().year();
        [year - 1, year]
    }
}
