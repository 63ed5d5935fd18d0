//! The words of a written date: each is the day, the month, the year, a part of the time, or does not belong to a date.

use chrono::{Datelike as _, FixedOffset, NaiveDate, NaiveTime};

use super::name::{self, FILLERS, ZONE_PHRASES};
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
    let mut lower = spaced.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    // "GMT+0200 (Central European Summer Time)": the offset says it already.
    if lower.ends_with(')')
        && let Some((before, _)) = lower.rsplit_once(" (").filter(|(before, _)| before.contains(['+', '-']))
    {
        lower = before.to_owned();
    }
    for (phrase, abbreviation) in ZONE_PHRASES {
        if let Some(before) = lower.strip_suffix(phrase) {
            lower = format!("{before}{abbreviation}");
        }
    }
    lower.split_whitespace().map(str::to_owned).collect()
}

/// What the words read so far contain.
#[derive(Default)]
pub(super) struct DateParts {
    date: Option<WrittenDate>,
    day: Option<u32>,
    month: Option<u32>,
    /// What the word for the month would be as a weekday.
    month_or_weekday: Option<u32>,
    year: Option<i32>,
    /// 1 is Monday.
    weekday: Option<u32>,
    time: Option<NaiveTime>,
    afternoon: Option<bool>,
    offset: Option<FixedOffset>,
}

impl DateParts {
    /// Reads one word of a date; `None` when it does not belong to a date.
    pub(super) fn take(&mut self, token: &str) -> Option<()> {
        if token.contains(':') && self.time.is_none() {
            return self.take_time(token);
        }
        // "10h30" in French, and "10h" for the full hour.
        if let Some((hour, minute)) = token.split_once('h').filter(|_| self.time.is_none())
            && is_number(hour)
            && (minute.is_empty() || is_number(minute))
        {
            return self.take_time(&format!("{hour}:{}", if minute.is_empty() { "00" } else { minute }));
        }
        if self.take_half(token) || self.take_offset(token) || FILLERS.contains(&token.trim_end_matches('.')) {
            return Some(());
        }
        let (weekday, month) = (name::weekday(token), name::month(token));
        if let Some(month) = month {
            // "mar." is a Tuesday before "févr." and March alone.
            if let (Some(_), Some(weekday)) = (self.month, self.month_or_weekday.take()) {
                self.month = None;
                set(&mut self.weekday, weekday)?;
            } else {
                self.month_or_weekday = weekday;
            }
            return set(&mut self.month, month);
        }
        if let Some(weekday) = weekday {
            return set(&mut self.weekday, weekday);
        }
        let number = ["st", "nd", "rd", "th", ".", "er", "º", "ª"]
            .iter()
            .find_map(|suffix| token.strip_suffix(suffix).filter(|number| is_number(number)))
            .unwrap_or(token);
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
        let Some(offset) = name::offset(token) else { return false };
        // A time followed by "UTC" and "+0000" names the same offset twice.
        if self.offset.is_some_and(|earlier| earlier != offset) {
            return false;
        }
        self.offset = Some(offset);
        true
    }

    /// The same without the weekday.
    pub(super) fn without_weekday(self) -> Self {
        Self { weekday: None, ..self }
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

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn date_of(token: &str) -> Option<WrittenDate> {
    let separator = token.chars().find(|character| !character.is_ascii_digit())?;
    if !['/', '.', '-'].contains(&separator) {
        return None;
    }
    let parts: Vec<&str> = token.split(separator).collect();
    let [one, two, three] = parts[..] else { return None };
    if let Some(month) = name::month(two) {
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
