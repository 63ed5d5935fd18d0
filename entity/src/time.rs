//! Days, timestamps and the reporting calendar, and the formats in which programs write them. The formats of people and
//! survey tools are left to the import, which builds on these.
//!
//! Every time that SQL compares is an integer here: SQLite stores times as text and would compare them as text.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
pub struct Timestamp(pub i64);

/// A calendar day of the reporting time zone, in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
pub struct Day(pub i32);

/// The days from the beginning of the common era to 1970-01-01.
const EPOCH_FROM_COMMON_ERA: i32 = 719_163;

/// 1970-01-01 was a Thursday: three days after the Monday of its week.
const EPOCH_WEEKDAY: i32 = 3;

impl Timestamp {
    /// This timestamp as a UTC date and time; one outside the range of the calendar becomes the nearest end.
    pub fn to_utc(self) -> DateTime<Utc> {
        let end = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        DateTime::from_timestamp_micros(self.0).unwrap_or(end)
    }

    /// The timestamp `duration` later, at most the greatest one.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(i64::try_from(duration.as_micros()).map_or(i64::MAX, |micros| self.0.saturating_add(micros)))
    }

    /// The timestamp `duration` earlier, at least the least one.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(i64::try_from(duration.as_micros()).map_or(i64::MIN, |micros| self.0.saturating_sub(micros)))
    }

    /// The duration from an earlier timestamp to this one; zero when the other is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(if self > earlier { self.0.abs_diff(earlier.0) } else { 0 })
    }

    /// This timestamp moved by a number of seconds, which may be negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

/// The text is not a day, or is one in another format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a day like 2024-07-01")]
pub struct NoDay;

impl FromStr for Day {
    type Err = NoDay;

    /// Reads a day in its only accepted format, that of ISO 8601 and of [`Display`](std::fmt::Display).
    fn from_str(text: &str) -> Result<Self, NoDay> {
        // Chrono also accepts 2024-7-1 and +2024-07-1.
        let is_spelled = text.len() == 10 && !text.starts_with(['+', '-']);
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_spelled);
        date.map(Self::from).ok_or(NoDay)
    }
}

/// The text is not a timestamp by RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time like 2024-07-01T09:30:00Z")]
pub struct NoTimestamp;

impl FromStr for Timestamp {
    type Err = NoTimestamp;

    /// Reads a timestamp by RFC 3339, with any offset.
    fn from_str(text: &str) -> Result<Self, NoTimestamp> {
        DateTime::parse_from_rfc3339(text).map(|timestamp| timestamp.to_utc().into()).map_err(|_| NoTimestamp)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(timestamp: DateTime<Utc>) -> Self {
        Self(timestamp.timestamp_micros())
    }
}

impl Day {
    /// This day as a calendar date; one outside the range of the calendar becomes the nearest end.
    pub fn to_date(self) -> NaiveDate {
        let end = if self.0 < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(EPOCH_FROM_COMMON_ERA)).unwrap_or(end)
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

/// The reporting time zone, by which a timestamp belongs to a calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// An IANA time zone.
    pub zone: Tz,
}

impl Calendar {
    /// The calendar day of a timestamp.
    pub fn day_of(self, timestamp: Timestamp) -> Day {
        timestamp.to_utc().with_timezone(&self.zone).date_naive().into()
    }

    /// The first timestamp of a calendar day.
    pub fn start_of(self, day: Day) -> Timestamp {
        self.at_local(day.to_date().and_time(chrono::NaiveTime::MIN))
    }

    /// The timestamp of a local time. One that is skipped in spring moves forward by the gap; of one that occurs twice,
    /// the first.
    pub fn at_local(self, local: NaiveDateTime) -> Timestamp {
        if let Some(timestamp) = self.zone.from_local_datetime(&local).earliest() {
            return timestamp.to_utc().into();
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
    fn a_time_outside_the_calendar_is_its_nearest_end() {
        assert_eq!(Day(i32::MAX).to_date(), NaiveDate::MAX);
        assert_eq!(Day(i32::MIN).to_date(), NaiveDate::MIN);
        assert_eq!(Timestamp(i64::MAX).to_utc(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(Timestamp(i64::MIN).to_utc(), DateTime::<Utc>::MIN_UTC);
    }

    #[test]
    fn durations_are_added_and_measured_without_an_overflow() {
        let (now, minute) = (Timestamp(1_000_000), Duration::from_mins(1));
        assert_eq!((now.plus(minute), now.minus(minute)), (Timestamp(61_000_000), Timestamp(-59_000_000)));
        assert_eq!((now.plus(Duration::MAX), now.minus(Duration::MAX)), (Timestamp(i64::MAX), Timestamp(i64::MIN)));
        assert_eq!((now.plus(minute).since(now), now.since(now.plus(minute))), (minute, Duration::ZERO));
        assert_eq!(Timestamp(i64::MAX).since(Timestamp(i64::MIN)), Duration::from_micros(u64::MAX));
    }

    #[test]
    fn a_day_and_a_timestamp_have_one_format() {
        assert_eq!("2024-07-01".parse(), Ok(Day::from(date("2024-07-01"))));
        for text in ["2024-7-1", "+2024-07-1", "2024-02-30", "2024-07-01 ", "", "01/07/2024"] {
            assert_eq!(text.parse::<Day>(), Err(NoDay), "{text}");
        }
        let timestamp = "2024-07-01T09:30:00Z".parse::<Timestamp>().expect("a timestamp");
        assert_eq!("2024-07-01T11:30:00+02:00".parse(), Ok(timestamp));
        for text in ["2024-07-01", "2024-07-01T09:30:00", "2024-07-01T25:00:00Z", ""] {
            assert_eq!(text.parse::<Timestamp>(), Err(NoTimestamp), "{text}");
        }
    }

    #[test]
    fn a_skipped_local_time_moves_forward_and_a_repeated_one_is_the_first() {
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
