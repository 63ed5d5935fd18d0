//! The words of a written date: each is the day, the month, the year, a part of the time, or does not belong to a date.

use chrono::{Datelike as _, FixedOffset, NaiveDate, NaiveTime};

use super::{FIRST_YEAR, WrittenDate, WrittenTime};

/// Splits a date into words; an ISO date is separated from its time, a comma counts as a space.
pub(super) fn split(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut spaced = String::with_capacity(text.len() + 2);
    for (at, character) in text.char_indices() {
        let parts = character == 'T' && at > 0 && is_digit(at - 1) && is_digit(at + 1);
        spaced.push(if parts || character == ',' || character == '\u{a0}' || character == '\u{202f}' {
            ' '
        } else {
            character
        });
    }
    spaced.split_whitespace().map(str::to_lowercase).collect()
}

/// What the words read so far contain.
#[derive(Default)]
pub(super) struct DateParts {
    date: Option<WrittenDate>,
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
    /// 1 is Monday.
    weekday: Option<u32>,
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

impl DateParts {
    /// Reads one word of a date; `None` when it does not belong to a date.
    pub(super) fn take(&mut self, token: &str) -> Option<()> {
        if token.contains(':') && self.time.is_none() {
            return self.take_time(token);
        }
        if self.take_half(token) || self.take_offset(token) || token == "at" {
            return Some(());
        }
        if let Some(weekday) = is_named(&WEEKDAYS, token) {
            return set(&mut self.weekday, weekday);
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
        let end = token
            .find(|character: char| !character.is_ascii_digit() && !":.".contains(character))
            .unwrap_or(token.len());
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
        // Google writes GMT+2; +2 alone is not an offset.
        let is_named = token.starts_with(['u', 'g']);
        let minutes = match digits.len() {
            2 => number * 60,
            4 => number / 100 * 60 + number % 100,
            1 if is_named => number * 60,
            3 if is_named => number / 100 * 60 + number % 100,
            _ => return false,
        };
        let offset = FixedOffset::east_opt(sign * minutes * 60);
        // A time followed by "UTC" and "+0000" names the same offset twice.
        if self.offset.is_some() && self.offset != offset {
            return false;
        }
        self.offset = offset;
        self.offset.is_some()
    }

    /// The date and time formed by the words; `None` when they form none.
    pub(super) fn finish(self) -> Option<WrittenTime> {
        let date = match (self.date, self.day, self.month, self.year) {
            (Some(date), None, None, None) => date,
            (None, Some(day), Some(month), Some(year)) => {
                WrittenDate::Unambiguous(NaiveDate::from_ymd_opt(year, month, day)?)
            }
            _ => return None,
        };
        let has_other_weekday =
            |date: NaiveDate| self.weekday.is_some_and(|weekday| weekday != date.weekday().number_from_monday());
        if matches!(date, WrittenDate::Unambiguous(date) if has_other_weekday(date)) {
            return None;
        }
        let time = match (self.time, self.afternoon) {
            (time, None) => time,
            (Some(time), Some(afternoon)) => Some(in_half(time, afternoon)?),
            (None, Some(_)) => return None,
        };
        Some(WrittenTime::Local(date, time, self.offset))
    }
}

/// Converts a time of a twelve-hour clock to twenty-four hours; an hour of 13 or more is left as it is.
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

/// The position, from 1, of a name or of its abbreviation of three or more letters.
fn is_named(names: &[&str], token: &str) -> Option<u32> {
    let token = token.trim_end_matches('.');
    let at = names.iter().position(|name| token.len() >= 3 && name.starts_with(token))?;
    u32::try_from(at + 1).ok()
}

fn date_of(token: &str) -> Option<WrittenDate> {
    let separator = token.chars().find(|character| !character.is_ascii_digit())?;
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
        .map(WrittenDate::Unambiguous);
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (one_number, two_number) = (number(one)?, number(two)?);
    if one.len() == 4 {
        return NaiveDate::from_ymd_opt(i32::try_from(one_number).ok()?, two_number, number(three)?)
            .map(WrittenDate::Unambiguous);
    }
    if one.len() > 2 || two.len() > 2 || !matches!(three.len(), 2 | 4) {
        return None;
    }
    Some(WrittenDate::Numbers { first: one_number, second: two_number, year: i32::try_from(number(three)?).ok()? })
}
