//! Days, moments and the reporting calendar.
//!
//! Every time that SQL compares is an integer here: SQLite keeps times as text and would compare them as text.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
pub struct Timestamp(pub i64);

/// A calendar day of the reporting time zone, in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
pub struct Day(pub i32);

/// Days from the common era to 1970-01-01.
const EPOCH_FROM_COMMON_ERA: i32 = 719_163;

/// 1970-01-01 was a Thursday: three days after the Monday of its week.
const EPOCH_WEEKDAY: i32 = 3;

impl Timestamp {
    /// This moment as a UTC date and time; moments outside what a calendar can hold become its epoch.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// This moment moved by a number of seconds, which may be negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_micros())
    }
}

impl Day {
    /// This day as a calendar date.
    pub fn to_date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(EPOCH_FROM_COMMON_ERA)).unwrap_or_default()
    }

    /// The Monday of this day's week.
    #[must_use]
    pub fn monday(self) -> Self {
        Self(self.0 - (self.0 + EPOCH_WEEKDAY).rem_euclid(7))
    }

    /// The first Monday that is not before this day.
    #[must_use]
    pub fn monday_on_or_after(self) -> Self {
        self.plus_days(6).monday()
    }

    /// This day moved by a number of days, which may be negative.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - EPOCH_FROM_COMMON_ERA)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_date().fmt(formatter)
    }
}

/// The reporting time zone: which calendar day a moment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The reporting time zone, an IANA name.
    pub zone: Tz,
}

impl Calendar {
    /// The calendar day of a moment.
    pub fn day_of(self, moment: Timestamp) -> Day {
        moment.to_utc().with_timezone(&self.zone).date_naive().into()
    }

    /// The first moment of a calendar day.
    pub fn start_of(self, day: Day) -> Timestamp {
        self.at_local(day.to_date().and_time(chrono::NaiveTime::MIN))
    }

    /// The moment of a local time; inside a spring gap it moves forward by the gap, a repeated one is the first.
    pub fn at_local(self, local: NaiveDateTime) -> Timestamp {
        if let Some(moment) = self.zone.from_local_datetime(&local).earliest() {
            return moment.to_utc().into();
        }
        let day_before = local.checked_sub_days(Days::new(1)).unwrap_or(local);
        let before_gap = self.zone.offset_from_local_datetime(&day_before).earliest();
        let offset = before_gap.map_or(0, |offset| chrono::Offset::fix(&offset).local_minus_utc());
        (local - TimeDelta::seconds(offset.into())).and_utc().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn weeks_start_on_monday() {
        for (day, monday) in [
            ("2024-07-01", "2024-07-01"),
            ("2024-07-07", "2024-07-01"),
            ("1970-01-01", "1969-12-29"),
            ("1969-12-28", "1969-12-22"),
        ] {
            assert_eq!(Day::from(date(day)).monday().to_date(), date(monday));
        }
        assert_eq!(Day::from(date("2024-07-02")).monday_on_or_after().to_date(), date("2024-07-08"));
        assert_eq!(Day::from(date("2024-07-01")).monday_on_or_after().to_date(), date("2024-07-01"));
    }

    #[test]
    fn a_local_time_in_a_spring_gap_moves_forward_and_a_repeated_one_is_the_first() {
        let calendar = Calendar { zone: chrono_tz::Europe::Berlin };
        let at = |text: &str| calendar.at_local(text.parse().expect("a local time")).to_utc().to_rfc3339();
        assert_eq!(at("2024-03-31T02:30:00"), "2024-03-31T01:30:00+00:00");
        assert_eq!(at("2024-10-27T02:30:00"), "2024-10-27T00:30:00+00:00");
    }

    #[test]
    fn a_day_that_starts_in_a_gap_keeps_its_date() {
        let calendar = Calendar { zone: chrono_tz::America::Santiago };
        let day = Day::from(date("2024-09-08"));
        assert_eq!(calendar.day_of(calendar.start_of(day)), day);
    }
}
