//! Ranges of days, and the weeks that they overlap. Weeks begin on Monday.

use std::ops::Range;

use crate::Day;

/// The number of days in a week.
const WEEK_DAYS: i32 = 7;

/// A range of days that may be open at either end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first day; `None` without a beginning.
    pub from: Option<Day>,
    /// The day after the last one; `None` without an end.
    pub until: Option<Day>,
}

impl Period {
    /// The `weeks` weeks that end before a day.
    pub fn weeks_before(until: Day, weeks: i32) -> Self {
        Self { from: Some(until.plus_weeks(-weeks)), until: Some(until) }
    }

    /// True when the day lies in the period.
    pub fn contains(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// The days of the period. Its open ends are closed by an extent: the first day with data and the day after the
    /// last one. `None` when no day is left. An end that is given stays as it is, even outside the extent.
    pub fn within(self, extent: (Day, Day)) -> Option<Range<Day>> {
        let days = self.from.unwrap_or(extent.0)..self.until.unwrap_or(extent.1);
        (days.start < days.end).then_some(days)
    }
}

impl From<Range<Day>> for Period {
    fn from(days: Range<Day>) -> Self {
        Self { from: Some(days.start), until: Some(days.end) }
    }
}

impl Day {
    /// This day moved by a number of weeks, which may be negative.
    #[must_use]
    pub fn plus_weeks(self, weeks: i32) -> Self {
        self.plus_days(weeks.saturating_mul(WEEK_DAYS))
    }

    /// This day moved forward by a count of weeks, at most to the last day that can be represented.
    #[must_use]
    pub fn weeks_later(self, weeks: usize) -> Self {
        i32::try_from(weeks).map_or(Self(i32::MAX), |weeks| self.plus_weeks(weeks))
    }

    /// The number of the week that this day lies in, counted from that of a Monday: 0 for the same week; `None` before
    /// it.
    pub fn week_since(self, monday: Self) -> Option<u32> {
        u32::try_from(self.0.checked_sub(monday.0)?).ok().map(|days| days / WEEK_DAYS.unsigned_abs())
    }
}

/// The Mondays of the weeks that a range of days overlaps, oldest first.
pub fn mondays(days: Range<Day>) -> impl Iterator<Item = Day> {
    let first = Some(days.start.monday()).filter(|_| days.start < days.end);
    std::iter::successors(first, |monday| Some(monday.plus_weeks(1))).take_while(move |monday| *monday < days.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const MONDAY: Day = Day(4);

    #[test]
    fn open_ends_are_closed_by_the_extent_and_given_ones_stay() {
        let extent = (Day(10), Day(20));
        let period = |from: Option<i32>, until: Option<i32>| Period { from: from.map(Day), until: until.map(Day) };
        assert_eq!(period(None, None).within(extent), Some(Day(10)..Day(20)));
        assert_eq!(period(Some(12), None).within(extent), Some(Day(12)..Day(20)));
        assert_eq!(period(Some(5), Some(30)).within(extent), Some(Day(5)..Day(30)));
        assert_eq!(period(Some(20), None).within(extent), None);
        assert_eq!(period(None, Some(10)).within(extent), None);
        assert!(period(Some(5), None).contains(Day(5)) && !period(None, Some(5)).contains(Day(5)));
        assert_eq!(Period::weeks_before(MONDAY, 2), Period::from(Day(-10)..MONDAY));
    }

    #[test]
    fn the_weeks_of_a_range_are_those_that_it_overlaps() {
        let weeks = |from: i32, until: i32| mondays(Day(from)..Day(until)).map(|monday| monday.0).collect::<Vec<_>>();
        assert_eq!(weeks(4, 11), [4]);
        assert_eq!(weeks(10, 12), [4, 11]);
        assert_eq!(weeks(4, 25), [4, 11, 18]);
        assert_eq!((weeks(5, 5), weeks(12, 5)), (vec![], vec![]));
    }

    #[test]
    fn the_week_of_a_day_is_counted_from_a_monday() {
        let week = |day: i32| Day(day).week_since(MONDAY);
        assert_eq!([week(4), week(10), week(11), week(3)], [Some(0), Some(0), Some(1), None]);
        assert_eq!(Day(i32::MAX).week_since(Day(i32::MIN)), None);
        assert_eq!((MONDAY.plus_weeks(-1), MONDAY.weeks_later(2)), (Day(-3), Day(18)));
        assert_eq!(MONDAY.weeks_later(usize::MAX), Day(i32::MAX));
    }
}
