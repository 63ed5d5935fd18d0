//! Dates and times as survey tools and spreadsheets write them, with the order of day and month left open.
//!
//! What can be read in one way only is read; what names a time zone that is no fixed offset is not guessed at.

use chrono::{FixedOffset, NaiveDate, NaiveTime};
use entity::{Calendar, Day, Timestamp};

/// Which of two numbers is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// 31/12/2024.
    DayFirst,
    /// 12/31/2024.
    MonthFirst,
}

/// A date and perhaps a time, as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    /// A moment that needs nothing else to be known.
    Moment(Timestamp),
    /// A day and a time of the clock.
    Local(Date, Option<NaiveTime>, Option<FixedOffset>),
}

/// A calendar day, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Date {
    /// Year, month and day are told apart.
    Known(NaiveDate),
    /// Two numbers of which one is the day.
    Numbers {
        /// The number that comes first.
        first: u32,
        /// The number that comes second.
        second: u32,
        /// The year, with as many digits as it has.
        year: i32,
    },
}

/// The least year with four digits that answers are from.
const FIRST_YEAR: i32 = 1970;

/// Reads a date or a time; `None` when it is neither.
pub fn parse(text: &str) -> Option<Written> {
    let text = text.trim();
    if let Ok(day) = text.parse::<Day>() {
        return Some(Written::Local(Date::Known(day.to_date()), None, None));
    }
    if let Ok(moment) = text.parse() {
        return Some(Written::Moment(moment));
    }
    if let Some(moment) = unix(text) {
        return Some(Written::Moment(moment));
    }
    let mut parts = Parts::default();
    for token in split(text) {
        parts.take(&token)?;
    }
    parts.finish()
}

impl Written {
    /// The day, where nothing but a day is written and no order is needed to tell it.
    pub fn to_day(self) -> Option<Day> {
        match self {
            Self::Local(Date::Known(date), None, None) => Some(date.into()),
            _ => None,
        }
    }

    /// True when only the order of day and month tells what it means.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Local(Date::Numbers { first, second, .. }, ..) if *first <= 12 && *second <= 12 && first != second)
    }

    /// The order that this date has, when it can have one only.
    pub fn order(&self) -> Option<Order> {
        match self {
            Self::Local(Date::Numbers { first, second, .. }, ..) if *first > 12 && *second <= 12 => {
                Some(Order::DayFirst)
            }
            Self::Local(Date::Numbers { first, second, .. }, ..) if *second > 12 && *first <= 12 => {
                Some(Order::MonthFirst)
            }
            _ => None,
        }
    }

    /// True when the year has two digits: it could be any of the three numbers.
    pub fn has_short_year(&self) -> bool {
        matches!(self, Self::Local(Date::Numbers { year, .. }, ..) if *year < 100)
    }

    /// The moment. A date keeps its day in `reporting`, a local time is one of `zone`.
    /// `None` for a day that no calendar has, and where the order is needed and not known.
    pub fn to_moment(self, order: Option<Order>, zone: Calendar, reporting: Calendar) -> Option<Timestamp> {
        let (date, time, offset) = match self {
            Self::Moment(moment) => return Some(moment),
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

impl Date {
    fn with_order(self, order: Option<Order>) -> Option<NaiveDate> {
        let Self::Numbers { first, second, year } = self else {
            let Self::Known(date) = self else { return None };
            return Some(date);
        };
        if year < FIRST_YEAR {
            return None;
        }
        match order {
            Some(Order::DayFirst) => NaiveDate::from_ymd_opt(year, second, first),
            Some(Order::MonthFirst) => NaiveDate::from_ymd_opt(year, first, second),
            None if first == second => NaiveDate::from_ymd_opt(year, first, second),
            None => None,
        }
    }
}

/// The strftime pattern of a date like this one, for a person who must say the order.
pub fn pattern(text: &str, order: Order) -> String {
    let separator = text.chars().find(|letter| ['/', '.', '-'].contains(letter)).unwrap_or('/');
    let short = parse(text).is_some_and(|written| written.has_short_year());
    let (one, two) = if order == Order::DayFirst { ("%d", "%m") } else { ("%m", "%d") };
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

/// Seconds or milliseconds since 1970, as interfaces write them: ten or thirteen digits.
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

/// The words of a date; an ISO date is taken from its time, a comma is a space.
fn split(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut spaced = String::with_capacity(text.len() + 2);
    for (at, letter) in text.char_indices() {
        let parts = letter == 'T' && at > 0 && is_digit(at - 1) && is_digit(at + 1);
        spaced.push(if parts || letter == ',' || letter == '\u{a0}' || letter == '\u{202f}' { ' ' } else { letter });
    }
    spaced.split_whitespace().map(str::to_lowercase).collect()
}

#[derive(Default)]
struct Parts {
    date: Option<Date>,
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
    time: Option<NaiveTime>,
    afternoon: Option<bool>,
    offset: Option<FixedOffset>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Parts {
    /// Takes one word of a date; `None` when it belongs in no date.
    fn take(&mut self, token: &str) -> Option<()> {
        if token.contains(':') && self.time.is_none() {
            return self.take_time(token);
        }
        if self.take_half(token) || self.take_offset(token) || token == "at" || is_named(&WEEKDAYS, token).is_some() {
            return Some(());
        }
        if let Some(month) = is_named(&MONTHS, token) {
            return set(&mut self.month, month);
        }
        let number = ["st", "nd", "rd", "th"].iter().find_map(|suffix| token.strip_suffix(suffix)).unwrap_or(token);
        if number.bytes().all(|byte| byte.is_ascii_digit()) {
            return match number.len() {
                1 | 2 => set(&mut self.day, number.parse().ok()?),
                4 => set(&mut self.year, number.parse().ok()?),
                _ => None,
            };
        }
        let date = date_of(token)?;
        set(&mut self.date, date)
    }

    fn take_time(&mut self, token: &str) -> Option<()> {
        let end = token.find(|letter: char| !letter.is_ascii_digit() && !":.".contains(letter)).unwrap_or(token.len());
        let (clock, rest) = token.split_at(end);
        let formats = ["%H:%M:%S%.f", "%H:%M"];
        self.time =
            formats.iter().find_map(|format| NaiveTime::parse_from_str(clock.trim_end_matches('.'), format).ok());
        self.time?;
        (rest.is_empty() || self.take_half(rest) || self.take_offset(rest)).then_some(())
    }

    fn take_half(&mut self, token: &str) -> bool {
        let afternoon = match token.replace('.', "").as_str() {
            "am" => false,
            "pm" => true,
            _ => return false,
        };
        self.afternoon.replace(afternoon).is_none()
    }

    fn take_offset(&mut self, token: &str) -> bool {
        let digits = match token {
            "z" | "utc" | "gmt" => "+0000".to_owned(),
            _ => token.trim_start_matches("utc").trim_start_matches("gmt").replace(':', ""),
        };
        let sign = match digits.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            _ => return false,
        };
        let digits = &digits[1..];
        let Ok(number) = digits.parse::<i32>() else { return false };
        // Google writes GMT+2; a bare +2 is no offset.
        let is_named = token.starts_with(['u', 'g']);
        let minutes = match digits.len() {
            2 => number * 60,
            4 => number / 100 * 60 + number % 100,
            1 if is_named => number * 60,
            3 if is_named => number / 100 * 60 + number % 100,
            _ => return false,
        };
        let offset = FixedOffset::east_opt(sign * minutes * 60);
        // A time followed by "UTC" and "+0000" says the same twice.
        if self.offset.is_some() && self.offset != offset {
            return false;
        }
        self.offset = offset;
        self.offset.is_some()
    }

    fn finish(self) -> Option<Written> {
        let date = match (self.date, self.day, self.month, self.year) {
            (Some(date), None, None, None) => date,
            (None, Some(day), Some(month), Some(year)) => Date::Known(NaiveDate::from_ymd_opt(year, month, day)?),
            _ => return None,
        };
        let time = match (self.time, self.afternoon) {
            (time, None) => time,
            (Some(time), Some(afternoon)) => Some(in_half(time, afternoon)?),
            (None, Some(_)) => return None,
        };
        Some(Written::Local(date, time, self.offset))
    }
}

/// A time of a clock with twelve hours on one with twenty-four; one that says 13 already is taken at its word.
fn in_half(time: NaiveTime, afternoon: bool) -> Option<NaiveTime> {
    use chrono::Timelike;
    match (time.hour(), afternoon) {
        (12, false) => time.with_hour(0),
        (hour, true) if hour < 12 => time.with_hour(hour + 12),
        (hour, false) if hour > 12 => None,
        _ => Some(time),
    }
}

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// The number from 1 of a name or of its abbreviation of three letters or more.
fn is_named(names: &[&str], token: &str) -> Option<u32> {
    let token = token.trim_end_matches('.');
    let at = names.iter().position(|name| token.len() >= 3 && name.starts_with(token))?;
    u32::try_from(at + 1).ok()
}

fn date_of(token: &str) -> Option<Date> {
    let separator = token.chars().find(|letter| !letter.is_ascii_digit())?;
    if !['/', '.', '-'].contains(&separator) {
        return None;
    }
    let parts: Vec<&str> = token.split(separator).collect();
    let [one, two, three] = parts[..] else { return None };
    if let Some(month) = is_named(&MONTHS, two) {
        return NaiveDate::from_ymd_opt(
            three.parse().ok().filter(|year| *year >= FIRST_YEAR)?,
            month,
            one.parse().ok()?,
        )
        .map(Date::Known);
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (one_number, two_number) = (number(one)?, number(two)?);
    if one.len() == 4 {
        return NaiveDate::from_ymd_opt(i32::try_from(one_number).ok()?, two_number, number(three)?).map(Date::Known);
    }
    if one.len() > 2 || two.len() > 2 || !matches!(three.len(), 2 | 4) {
        return None;
    }
    Some(Date::Numbers { first: one_number, second: two_number, year: i32::try_from(number(three)?).ok()? })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;

    const UTC: Calendar = Calendar { zone: chrono_tz::UTC };

    fn read(text: &str, order: Option<Order>) -> Option<String> {
        let moment = parse(text)?.to_moment(order, UTC, UTC)?;
        Some(moment.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    #[test]
    fn what_tools_write_is_read() {
        for text in [
            "2024-07-04 21:05:09",
            "2024-07-04T21:05:09Z",
            "2024-07-04 21:05:09 UTC",
            "2024-07-04 23:05:09 +0200",
            "2024-07-04 21:05:09.000000+00:00",
            "2024-07-04T21:05:09.000+0000",
            "2024/07/04 21:05:09",
            "Jul 4, 2024 9:05:09 PM",
            "July 4th, 2024 at 9:05:09 pm",
            "4 Jul 2024 21:05:09",
            "04-Jul-2024 21:05:09",
            "Thu Jul 04 2024 21:05:09",
            "Thu, 04 Jul 2024 21:05:09 GMT",
            "2024/07/04 9:05:09 PM GMT",
            "2024/07/04 11:05:09 PM GMT+2",
            "2024/07/05 2:35:09 AM GMT+5:30",
            "1720127109",
            "1720127109000",
        ] {
            assert_eq!(read(text, None).as_deref(), Some("2024-07-04T21:05:09Z"), "{text}");
        }
        assert_eq!(read("Sat Jun 15 2024", None).as_deref(), Some("2024-06-15T00:00:00Z"));
        assert_eq!(read("12/31/2024 12:30 AM", Some(Order::MonthFirst)).as_deref(), Some("2024-12-31T00:30:00Z"));
        assert_eq!(read("31.12.2024 12:30", Some(Order::DayFirst)).as_deref(), Some("2024-12-31T12:30:00Z"));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read_without_the_order() {
        let ambiguous = parse("04/05/2024 09:30:00 AM").expect("a date");
        assert!(ambiguous.is_ambiguous());
        assert_eq!(read("04/05/2024", None), None);
        assert_eq!(read("04/04/2024", None).as_deref(), Some("2024-04-04T00:00:00Z"));
        assert_eq!(parse("13/05/2024").and_then(|date| date.order()), Some(Order::DayFirst));
        assert_eq!(parse("05/13/2024").and_then(|date| date.order()), Some(Order::MonthFirst));
        assert_eq!(read("13/05/2024", Some(Order::MonthFirst)), None);
        assert!(parse("04/05/24").expect("a date").has_short_year());
        assert_eq!(read("04/05/24", Some(Order::DayFirst)), None);
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in [
            "",
            "yesterday",
            "9",
            "2024",
            "31/31/2024",
            "2024-02-30",
            "2024-07-04 21:05 EST",
            "R_3",
            "1.2.3.4",
            "5:30",
            "2024-07-04 21:05 +2",
        ] {
            let read = parse(text).and_then(|date| date.to_moment(Some(Order::DayFirst), UTC, UTC));
            assert_eq!(read, None, "{text}");
        }
    }

    #[test]
    fn the_pattern_of_a_date_reads_it() {
        let text = "04/05/2024 09:30:15 PM";
        let pattern = pattern(text, Order::DayFirst);
        let local = NaiveDateTime::parse_from_str(text, &pattern).expect("read by its pattern");
        assert_eq!(local.to_string(), "2024-05-04 21:30:15");
    }
}
