//! The values of cells as text: what a person would type, and never more or less exact than the cell.

use chrono::{NaiveDate, TimeDelta};

/// The first number that a cell cannot hold exactly: 2 to the power of 53.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// The value of one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum CellValue {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A number that is shown as per cent: 0.5 is 50%.
    Percent(f64),
    /// True or false.
    Boolean(bool),
    /// A date, a time of day or both, in ISO 8601 without a zone.
    LocalTime(String),
    /// An error, like `#REF!`.
    Error(String),
}

impl CellValue {
    /// The value as text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::LocalTime(text) | Self::Error(text) => text,
            Self::Number(number) => number_text(number),
            Self::Percent(number) => format!("{}%", number_text(number * 100.0)),
            Self::Boolean(value) => value.to_string(),
        }
    }
}

/// A number without an exponent and without more digits than a spreadsheet shows. Whole numbers that are not exact have an
/// exponent, by which ids that were rounded are known.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < EXACT_BELOW {
        // Minus zero is zero.
        return format!("{}", number + 0.0);
    }
    if number.fract() == 0.0 {
        return format!("{number:E}").replace('E', "E+");
    }
    // Fifteen digits: 0.1 + 0.2 is 0.3 for the person who sees the cell.
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

/// A point in time as a spreadsheet counts it, in days: `None` for what is no date. `is_1904` says which day is the first,
/// and `has_time` that the time of day is shown, also at midnight.
pub fn serial_local_time(days: f64, is_1904: bool, has_time: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&days) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "less than three million days")]
    let milliseconds = (days * 86_400_000.0).round() as i64;
    let time = TimeDelta::milliseconds(milliseconds);
    if milliseconds > 0 && days < 1.0 {
        return Some(clock(time));
    }
    let first = if is_1904 {
        NaiveDate::from_ymd_opt(1904, 1, 1)
    } else {
        // The 29 February 1900, which never was, is a day of the spreadsheet's calendar.
        NaiveDate::from_ymd_opt(1899, 12, if days < 60.0 { 31 } else { 30 })
    };
    let time = first?.and_hms_opt(0, 0, 0)?.checked_add_signed(time)?;
    let is_midnight = milliseconds % 86_400_000 == 0;
    let format = match (has_time || !is_midnight, milliseconds % 1_000) {
        (false, _) => "%Y-%m-%d",
        (true, 0) => "%Y-%m-%d %H:%M:%S",
        (true, _) => "%Y-%m-%d %H:%M:%S%.3f",
    };
    Some(time.format(format).to_string())
}

/// A duration, or a time of day, as hours, minutes and seconds.
pub fn clock(time: TimeDelta) -> String {
    let seconds = time.num_seconds().abs();
    let sign = if time < TimeDelta::zero() { "-" } else { "" };
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// The letters of a column: A is 0.
pub fn column_letters(column: usize) -> String {
    let (mut rest, mut letters) = (column, Vec::new());
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => return letters.iter().rev().collect(),
        }
    }
}

/// The name of a cell, like `C2`: row and column from 0.
pub fn cell_name(row: u32, column: usize) -> String {
    format!("{}{}", column_letters(column), u64::from(row) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        for (number, expected) in [
            (9.0, "9"),
            (-0.0, "0"),
            (8.5, "8.5"),
            (0.1 + 0.2, "0.3"),
            (0.000_000_1, "0.0000001"),
            (118_000_000_123.0, "118000000123"),
            (1_234_567_890_123_456.0, "1234567890123456"),
            (12_345_678_901_234_567_000.0, "1.2345678901234567E+19"),
        ] {
            assert_eq!(CellValue::Number(number).into_text(), expected);
        }
        assert_eq!(CellValue::Percent(0.07).into_text(), "7%");
        assert_eq!(CellValue::Percent(1.0).into_text(), "100%");
        assert_eq!(CellValue::Boolean(true).into_text(), "true");
    }

    #[test]
    fn days_of_both_calendars_are_dates() {
        for (days, is_1904, has_time, expected) in [
            (45_355.0, false, false, "2024-03-04"),
            (45_355.0, false, true, "2024-03-04 00:00:00"),
            (45_355.25, false, false, "2024-03-04 06:00:00"),
            (45_355.416_666_666_7, false, true, "2024-03-04 10:00:00"),
            (45_355.999_999_999, false, true, "2024-03-05 00:00:00"),
            (43_893.0, true, false, "2024-03-04"),
            (9.0, false, false, "1900-01-09"),
            (61.0, false, false, "1900-03-01"),
            (0.395_833_333, false, true, "09:30:00"),
        ] {
            assert_eq!(serial_local_time(days, is_1904, has_time).as_deref(), Some(expected), "{days}");
        }
        assert_eq!(serial_local_time(-1.0, false, false), None);
        assert_eq!(serial_local_time(f64::NAN, false, false), None);
        assert_eq!(clock(TimeDelta::minutes(1_530)), "25:30:00");
    }

    #[test]
    fn cells_are_named_as_their_program_names_them() {
        assert_eq!(["A", "Z", "AA", "XFD"], [0, 25, 26, 16_383].map(column_letters)[..]);
        assert_eq!(cell_name(1, 2), "C2");
    }
}
