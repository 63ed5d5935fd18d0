//! Timestamps of rows: read by a given pattern, or as [`crate::date`] reads them; and the range of accepted years.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use entity::{Calendar, Timestamp};
use needle_rules::problem::{InputProblem, ProblemCode};

use crate::date;

/// The years accepted for a response: anything else is a typing error, or a spreadsheet's.
const YEARS: std::ops::Range<i32> = 1970..2200;

/// Reads a timestamp; `format` is a strftime pattern that replaces the usual forms.
pub fn parse(text: &str, field: &str, calendar: Calendar, format: Option<&str>) -> Result<Timestamp, InputProblem> {
    let timestamp = match format {
        Some(format) => parse_as(text, calendar, format),
        None => date::parse(text).and_then(|written| written.to_timestamp(None, calendar, calendar)),
    };
    let Some(moment) = timestamp else {
        let expected = format.unwrap_or("RFC 3339, 2024-07-01, or 2024-07-01 09:30");
        return Err(InputProblem::new(
            ProblemCode::NotADate,
            field,
            format!("expected a time ({expected}), found \"{text}\""),
        ));
    };
    within_years(moment, text, field)
}

/// Refuses a timestamp outside the accepted years.
pub fn within_years(timestamp: Timestamp, text: &str, field: &str) -> Result<Timestamp, InputProblem> {
    if YEARS.contains(&chrono::Datelike::year(&timestamp.to_utc())) {
        Ok(timestamp)
    } else {
        let message = format!("expected a year from {} to {}, found \"{text}\"", YEARS.start, YEARS.end - 1);
        Err(InputProblem::new(ProblemCode::OutOfRange, field, message))
    }
}

/// The name by which `--date-format` asks for days as spreadsheets count them.
pub const SERIAL_FORMAT: &str = "excel";

fn parse_as(text: &str, calendar: Calendar, format: &str) -> Option<Timestamp> {
    if format == SERIAL_FORMAT {
        return date::serial(text)?.to_timestamp(None, calendar, calendar);
    }
    // The parser of patterns skips the name of a zone, whatever it says.
    if format.contains("%Z") {
        let local = NaiveDateTime::parse_from_str(text, format).ok()?;
        let is_half_day = |word: &&str| ["am", "pm"].contains(&word.to_lowercase().as_str());
        let mut words = text.split(|character: char| !character.is_alphabetic()).filter(|word| !word.is_empty());
        let zone = words.rfind(|word| !is_half_day(word))?;
        if let Ok(zone) = text.split_whitespace().next_back().unwrap_or_default().parse::<chrono_tz::Tz>()
            && zone.name().contains('/')
        {
            return Some(Calendar { zone }.at_local(local));
        }
        let offset = date::name::offset(&zone.to_lowercase())?;
        return Some(local.and_local_timezone(offset).single()?.to_utc().into());
    }
    if let Ok(timestamp) = DateTime::parse_from_str(text, format) {
        return Some(timestamp.to_utc().into());
    }
    if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
        return Some(calendar.at_local(local));
    }
    let date = NaiveDate::parse_from_str(text, format).ok()?;
    Some(calendar.start_of(date.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_in_the_reporting_zone_unless_they_name_their_own() {
        let calendar = Calendar { zone: chrono_tz::America::New_York };
        for (text, expected) in [
            ("2024-07-01", "2024-07-01T04:00:00+00:00"),
            ("2024-07-01 09:30", "2024-07-01T13:30:00+00:00"),
            ("2024-07-01T09:30:15.5", "2024-07-01T13:30:15.500+00:00"),
            ("2024-07-01T09:30:00Z", "2024-07-01T09:30:00+00:00"),
            ("2024-07-01 09:30:00+02:00", "2024-07-01T07:30:00+00:00"),
            ("2024-7-1", "2024-07-01T04:00:00+00:00"),
            ("1 Jul 2024 09:30", "2024-07-01T13:30:00+00:00"),
        ] {
            let timestamp = parse(text, "responded_at", calendar, None).expect(text);
            assert_eq!(timestamp.to_utc().to_rfc3339(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_timestamp_says_what_was_expected() {
        let calendar = Calendar { zone: chrono_tz::UTC };
        for text in ["", "yesterday", "2024-02-30", "01/07/2024", "2024-07-01T25:00:00Z"] {
            let problem = parse(text, "responded_at", calendar, None).expect_err(text);
            assert_eq!(problem.code, ProblemCode::NotADate);
        }
        assert_eq!(
            parse("0024-07-01", "responded_at", calendar, None).expect_err("year 24").code,
            ProblemCode::OutOfRange
        );
        let timestamp = parse("01/07/2024", "responded_at", calendar, Some("%d/%m/%Y")).expect("by format");
        assert_eq!(timestamp.to_utc().to_rfc3339(), "2024-07-01T00:00:00+00:00");
    }
}
