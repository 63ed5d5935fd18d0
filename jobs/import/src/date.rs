//! Dates and times as survey tools and spreadsheets write them, with the order of day and month left open.
//!
//! A text with only one reading is read; an abbreviation that stands for several time zones is not guessed.

pub mod name;
mod word;

use chrono::{FixedOffset, NaiveDate, NaiveTime};
use entity::{Calendar, Day, Timestamp};
use word::{DateParts, split};

/// Which of two numbers is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayMonthOrder {
    /// 31/12/2024.
    DayFirst,
    /// 12/31/2024.
    MonthFirst,
}

/// A date and optionally a time, as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WrittenTime {
    /// A complete timestamp.
    Timestamp(Timestamp),
    /// A day, and optionally a time of day and an offset from UTC.
    Local(WrittenDate, Option<NaiveTime>, Option<FixedOffset>),
}

/// A calendar day, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenDate {
    /// Year, month and day can be distinguished.
    Unambiguous(NaiveDate),
    /// Two numbers of which one is the day, and a year.
    Numbers {
        /// The first number.
        first: u32,
        /// The second number.
        second: u32,
        /// The year, with as many digits as were written.
        year: i32,
    },
}

/// The earliest year with four digits from which responses are accepted.
const FIRST_YEAR: i32 = 1970;

/// True for the name of a month or its abbreviation.
pub fn is_month(text: &str) -> bool {
    name::month(&text.to_lowercase()).is_some()
}

/// Reads a date or a time; `None` when the text is neither.
pub fn parse(text: &str) -> Option<WrittenTime> {
    let text = text.trim();
    if let Ok(day) = text.parse::<Day>() {
        return Some(WrittenTime::Local(WrittenDate::Unambiguous(day.to_date()), None, None));
    }
    if let Ok(moment) = text.parse() {
        return Some(WrittenTime::Timestamp(moment));
    }
    if let Some(moment) = unix(text) {
        return Some(WrittenTime::Timestamp(moment));
    }
    parts(text)?.finish()
}

/// True for a date that would be one without its weekday, which is that of another day.
pub fn contradicts_its_weekday(text: &str) -> bool {
    parse(text).is_none() && parts(text).is_some_and(|parts| parts.without_weekday().finish().is_some())
}

fn parts(text: &str) -> Option<DateParts> {
    let mut parts = DateParts::default();
    for token in split(text) {
        parts.take(&token)?;
    }
    Some(parts)
}

impl WrittenTime {
    /// The day, where only a day is written and the order does not matter; `None` otherwise.
    pub fn to_day(self) -> Option<Day> {
        match self {
            Self::Local(WrittenDate::Unambiguous(date), None, None) => Some(date.into()),
            _ => None,
        }
    }

    /// True when the meaning depends on the order of day and month.
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::Local(WrittenDate::Numbers { first, second, .. }, ..)
                if *first <= 12 && *second <= 12 && first != second
        )
    }

    /// The order of this date where only one is possible; `None` otherwise.
    pub fn order(&self) -> Option<DayMonthOrder> {
        match self {
            Self::Local(WrittenDate::Numbers { first, second, .. }, ..) if *first > 12 && *second <= 12 => {
                Some(DayMonthOrder::DayFirst)
            }
            Self::Local(WrittenDate::Numbers { first, second, .. }, ..) if *second > 12 && *first <= 12 => {
                Some(DayMonthOrder::MonthFirst)
            }
            _ => None,
        }
    }

    /// True when the year has two digits: it could be any of the three numbers.
    pub fn has_short_year(&self) -> bool {
        matches!(self, Self::Local(WrittenDate::Numbers { year, .. }, ..) if *year < 100)
    }

    /// The same with an offset from UTC where a time of day is written without one.
    #[must_use]
    pub fn with_offset(self, default: Option<FixedOffset>) -> Self {
        match self {
            Self::Local(date, Some(time), None) => Self::Local(date, Some(time), default),
            other => other,
        }
    }

    /// The timestamp. A date without a time is that day in `reporting`, a local time is in `zone`. `None` for a day
    /// that does not exist, and where the order is needed and `None`.
    pub fn to_timestamp(self, order: Option<DayMonthOrder>, zone: Calendar, reporting: Calendar) -> Option<Timestamp> {
        let (date, time, offset) = match self {
            Self::Timestamp(timestamp) => return Some(timestamp),
            Self::Local(date, time, offset) => (date.with_order(order)?, time, offset),
        };
        let Some(time) = time else { return Some(reporting.start_of(date.into())) };
        let local = date.and_time(time);
        match offset {
            Some(offset) => Some(local.and_local_timezone(offset).single()?.to_utc().into()),
            None => Some(zone.at_local(local)),
        }
    }
}

impl WrittenDate {
    fn with_order(self, order: Option<DayMonthOrder>) -> Option<NaiveDate> {
        let Self::Numbers { first, second, year } = self else {
            let Self::Unambiguous(date) = self else { return None };
            return Some(date);
        };
        if year < FIRST_YEAR {
            return None;
        }
        match order {
            Some(DayMonthOrder::DayFirst) => NaiveDate::from_ymd_opt(year, second, first),
            Some(DayMonthOrder::MonthFirst) => NaiveDate::from_ymd_opt(year, first, second),
            None if first == second => NaiveDate::from_ymd_opt(year, first, second),
            None => None,
        }
    }
}

/// The strftime pattern of a date like this one, suggested to the user who has to choose the order.
pub fn pattern(text: &str, order: DayMonthOrder) -> String {
    let separator = text.chars().find(|character| ['/', '.', '-'].contains(character)).unwrap_or('/');
    let short = parse(text).is_some_and(|written| written.has_short_year());
    let (one, two) = if order == DayMonthOrder::DayFirst { ("%d", "%m") } else { ("%m", "%d") };
    let mut pattern = format!("{one}{separator}{two}{separator}{}", if short { "%y" } else { "%Y" });
    let half_days = text.trim_end_matches('.').to_lowercase().ends_with('m');
    match text.matches(':').count() {
        0 => {}
        colons => {
            let hours = if half_days { "%I" } else { "%H" };
            pattern = format!("{pattern} {hours}:%M{}", if colons > 1 { ":%S" } else { "" });
            if half_days {
                pattern.push_str(" %p");
            }
        }
    }
    pattern
}

/// The range of days since 30 December 1899 that are dates of responses: from 1970 to 2099.
const SERIAL_DAYS: std::ops::Range<f64> = 25_569.0..73_050.0;

/// Reads a day as spreadsheets count them, since 30 December 1899, with the time of day as its fraction: 45355.25 is
/// 2024-03-04 06:00. `None` for any other text.
pub fn serial(text: &str) -> Option<WrittenTime> {
    let number: f64 = text.trim().replacen(',', ".", 1).parse().ok().filter(|number| SERIAL_DAYS.contains(number))?;
    let origin = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
    #[expect(clippy::cast_possible_truncation, reason = "a few thousand million seconds")]
    let local = origin.checked_add_signed(chrono::TimeDelta::seconds((number * 86_400.0).round() as i64))?;
    let time = (number.fract() != 0.0).then(|| local.time());
    Some(WrittenTime::Local(WrittenDate::Unambiguous(local.date()), time, None))
}

/// Seconds or milliseconds since 1970, as APIs write them: ten or thirteen digits.
fn unix(text: &str) -> Option<Timestamp> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    match text.len() {
        10 => Some(Timestamp(number.checked_mul(1_000_000)?)),
        13 => Some(Timestamp(number.checked_mul(1_000)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
