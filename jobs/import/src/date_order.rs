//! The order of day and month in a file's dates: determined by the first date with only one reading.

use csv::ByteRecord;

use crate::date::{self, DayMonthOrder};
use crate::delimited::DelimitedReader;
use crate::error::ImportError;
use crate::heading::cell;
use crate::row_numbering::RowNumbering;

/// Records that are examined in one step.
const STEP: usize = 5_000;

/// Bytes of records that are held in memory while no date determines the order.
const LIMIT_BYTES: usize = 16 << 20;

/// What the dates of a file show about their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// No date depends on it.
    NotNeeded,
    /// All dates have, or may have, this order.
    As(DayMonthOrder),
    /// Every date has two readings, like this one.
    Open(String),
    /// Dates that contradict each other: the first with the day first, the second with the month first.
    Both(String, String),
    /// The year has two digits, as in this date.
    ShortYear(String),
}

/// Examines a column of dates until one determines the order, the file ends, or too many bytes would be held.
pub fn settle(table: &mut DelimitedReader, column: usize) -> Result<DateOrder, ImportError> {
    let mut found = DateExamples::default();
    let (mut read, mut bytes) = (0, 0);
    loop {
        let records = table.look_ahead(read + STEP)?;
        let ended = records.len() < read + STEP;
        for record in &records[read..] {
            found.note(record, column);
            bytes += record.as_slice().len();
        }
        read = records.len();
        if ended || !found.is_open() || bytes > LIMIT_BYTES {
            let settled = found.settled(ended);
            return match settled {
                // Dates further down may be written the other way round: nothing is imported by half.
                DateOrder::As(_) if !ended => of_whole_column(table, column, settled),
                settled => Ok(settled),
            };
        }
    }
}

/// Examines every date of the file, in a second reading.
fn of_whole_column(table: &DelimitedReader, column: usize, settled: DateOrder) -> Result<DateOrder, ImportError> {
    let mut again = table.reopen()?;
    let mut found = DateExamples::default();
    loop {
        let records = again.read(STEP)?;
        if records.is_empty() {
            return Ok(settled);
        }
        for record in &records {
            found.note(record, column);
        }
        if let (Some(one), Some(other)) = (&found.day_first, &found.month_first) {
            return Ok(DateOrder::Both(one.clone(), other.clone()));
        }
    }
}

/// What is wrong with the times of a sheet of which only some are dates: a program that reads texts as dates keeps those as
/// texts that are none in its order of day and month, and swaps the two in the others. `None` where all are of one kind.
pub fn half_read(table: &DelimitedReader, column: usize) -> Result<Option<String>, ImportError> {
    if table.numbering() != RowNumbering::Sheet {
        return Ok(None);
    }
    let name = table.header.get(column).map(String::as_str).unwrap_or_default();
    let mut again = table.reopen()?;
    let (mut date, mut text) = (None, None);
    loop {
        let records = again.read(STEP)?;
        if records.is_empty() {
            return Ok(None);
        }
        for record in &records {
            let found = cell(record, column);
            match date::parse(&found) {
                Some(date::WrittenTime::Local(date::WrittenDate::Numbers { .. }, ..)) => text.get_or_insert(found),
                Some(_) if is_iso(&found) => date.get_or_insert(found),
                _ => continue,
            };
        }
        if let (Some(date), Some(text)) = (&date, &text) {
            return Ok(Some(format!(
                "of \"{name}\" some cells are dates, like \"{date}\", and others texts, like \"{text}\": a spreadsheet that reads \
                 some dates only has probably swapped day and month in them. Export the file again and import it without \
                 opening it there, or correct the dates"
            )));
        }
    }
}

/// True for a date as it is written for a cell that is one.
fn is_iso(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[7] == b'-'
}

/// The first date found of every kind.
#[derive(Default)]
struct DateExamples {
    day_first: Option<String>,
    month_first: Option<String>,
    ambiguous: Option<String>,
    same: Option<String>,
    short_year: Option<String>,
}

impl DateExamples {
    fn note(&mut self, record: &ByteRecord, column: usize) {
        let text = cell(record, column);
        let Some(written) = date::parse(&text) else { return };
        let place = match written.order() {
            _ if written.has_short_year() => &mut self.short_year,
            Some(DayMonthOrder::DayFirst) => &mut self.day_first,
            Some(DayMonthOrder::MonthFirst) => &mut self.month_first,
            None if written.is_ambiguous() => &mut self.ambiguous,
            None if matches!(written, date::WrittenTime::Local(date::WrittenDate::Numbers { .. }, ..)) => {
                &mut self.same
            }
            None => return,
        };
        place.get_or_insert(text);
    }

    /// True while every date found has two readings.
    fn is_open(&self) -> bool {
        let some_numbers = self.ambiguous.is_some() || self.same.is_some();
        some_numbers && self.day_first.is_none() && self.month_first.is_none() && self.short_year.is_none()
    }

    fn settled(self, ended: bool) -> DateOrder {
        match (self.short_year, self.day_first, self.month_first, self.ambiguous, self.same) {
            (Some(example), ..) => DateOrder::ShortYear(example),
            (_, Some(one), Some(other), ..) => DateOrder::Both(one, other),
            (_, Some(_), ..) => DateOrder::As(DayMonthOrder::DayFirst),
            (_, _, Some(_), ..) => DateOrder::As(DayMonthOrder::MonthFirst),
            (_, _, _, Some(example), _) => DateOrder::Open(example),
            // 04/04/2024 does not depend on the order, but later dates may.
            (_, _, _, _, Some(example)) if !ended => DateOrder::Open(example),
            _ => DateOrder::NotNeeded,
        }
    }
}

impl DateOrder {
    /// What is wrong, and the patterns that would resolve it; `None` when nothing is.
    pub fn problem(&self, column: &str) -> Option<(String, Vec<String>)> {
        let both = |text: &str| {
            vec![date::pattern(text, DayMonthOrder::MonthFirst), date::pattern(text, DayMonthOrder::DayFirst)]
        };
        let describe = |what: String, patterns: Vec<String>| {
            let choices: Vec<String> = patterns.iter().map(|pattern| format!("--date-format \"{pattern}\"")).collect();
            (format!("{what}: state their format with {}", choices.join(" or ")), patterns)
        };
        match self {
            Self::NotNeeded | Self::As(_) => None,
            Self::Open(text) => {
                let what = format!("the day and the month of \"{column}\" cannot be distinguished, as in \"{text}\"");
                Some(describe(what, both(text)))
            }
            Self::Both(one, other) => {
                let what =
                    format!("the dates of \"{column}\" are written in two ways, as in \"{one}\" and \"{other}\"");
                Some(describe(
                    what,
                    vec![date::pattern(other, DayMonthOrder::MonthFirst), date::pattern(one, DayMonthOrder::DayFirst)],
                ))
            }
            Self::ShortYear(text) => {
                let what = format!("the years of \"{column}\" have two digits, as in \"{text}\"");
                Some(describe(what, both(text)))
            }
        }
    }
}
