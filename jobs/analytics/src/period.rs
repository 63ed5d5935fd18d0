//! The buckets into which a series divides a period. Periods themselves are defined in [`entity::period`].

use chrono::{Datelike, Months, NaiveDate};
use entity::Day;

/// The length of a series' buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesGrain {
    /// Days.
    Day,
    /// Weeks from Monday.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
}

impl SeriesGrain {
    /// The first day of the bucket that contains a day.
    pub fn start(self, day: Day) -> Day {
        let date = day.to_date();
        let first_of = |month: u32| NaiveDate::from_ymd_opt(date.year(), month, 1).map_or(day, Day::from);
        match self {
            Self::Day => day,
            Self::Week => day.monday(),
            Self::Month => first_of(date.month()),
            Self::Quarter => first_of(date.month0() / 3 * 3 + 1),
            Self::Year => first_of(1),
        }
    }

    /// The grain of which every bucket consists of whole buckets of this one, the shortest such; `None` where there is none.
    pub fn longer(self) -> Option<Self> {
        match self {
            Self::Day => Some(Self::Week),
            Self::Month => Some(Self::Quarter),
            Self::Quarter => Some(Self::Year),
            Self::Week | Self::Year => None,
        }
    }

    /// The first day of the next bucket, given the first day of one.
    pub fn next(self, start: Day) -> Day {
        let months = match self {
            Self::Day => return start.plus_days(1),
            Self::Week => return start.plus_days(7),
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        };
        start.to_date().checked_add_months(Months::new(months)).map_or(start.plus_days(366), Day::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_the_calendar() {
        let day = |text: &str| Day::from(text.parse::<NaiveDate>().expect("a date"));
        for (grain, start, next) in [
            (SeriesGrain::Day, "2024-05-16", "2024-05-17"),
            (SeriesGrain::Week, "2024-05-13", "2024-05-20"),
            (SeriesGrain::Month, "2024-05-01", "2024-06-01"),
            (SeriesGrain::Quarter, "2024-04-01", "2024-07-01"),
            (SeriesGrain::Year, "2024-01-01", "2025-01-01"),
        ] {
            assert_eq!(grain.start(day("2024-05-16")), day(start), "{grain:?}");
            assert_eq!(grain.next(day(start)), day(next), "{grain:?}");
        }
    }
}
