//! The rows of a sheet as delimited text: one record for each row, from the first on, so that records are numbered as rows.

use std::fs::File;
use std::io::BufWriter;

use csv::{Writer, WriterBuilder};

use super::SPREADSHEET;
use super::value::{CellValue, cell_name};
use crate::form::error::FormError;
use crate::form::limit::UNPACKED_LIMIT;

/// The most rows and columns that a sheet has.
const ROWS_LIMIT: u32 = 1 << 20;
const COLUMNS_LIMIT: usize = 1 << 14;

/// The error that a formula shows which found no value.
const ABSENT: &str = "#N/A";

/// What was met while a sheet was written.
#[derive(Clone, Debug, Default)]
pub struct SheetTally {
    /// How many columns there are up to the last one that holds something.
    pub width: usize,
    /// How many cells are `#N/A`.
    pub absent: u64,
    /// The first of them.
    pub first_absent: Option<String>,
    /// Cells that are merged over several rows, like `A5:A7`.
    pub merged: Option<String>,
    /// How many formulas have no result.
    pub uncalculated: u64,
    /// The first of them.
    pub first_uncalculated: Option<String>,
}

/// Writes the cells of a sheet, which come row by row.
pub struct RowWriter {
    records: Writer<BufWriter<File>>,
    /// The row that is being filled, from 0.
    at: u32,
    row: Vec<String>,
    written: u64,
    tally: SheetTally,
}

impl RowWriter {
    /// A writer into a file without a name.
    pub fn new() -> Result<Self, FormError> {
        let records = WriterBuilder::new().flexible(true).from_writer(BufWriter::new(tempfile::tempfile()?));
        Ok(Self { records, at: 0, row: Vec::new(), written: 0, tally: SheetTally::default() })
    }

    /// Adds a cell; row and column count from 0.
    pub fn cell(&mut self, row: u32, column: usize, value: CellValue) -> Result<(), FormError> {
        if row >= ROWS_LIMIT || column >= COLUMNS_LIMIT || row < self.at {
            let reason = format!("a cell in an impossible place, {}", cell_name(row, column));
            return Err(FormError::Damaged { kind: SPREADSHEET, reason });
        }
        if matches!(&value, CellValue::Error(error) if error == ABSENT) {
            self.tally.absent += 1;
            self.tally.first_absent.get_or_insert_with(|| cell_name(row, column));
            return Ok(());
        }
        let text = value.into_text();
        if text.trim().is_empty() {
            return Ok(());
        }
        while self.at < row {
            self.end_row()?;
        }
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        self.row[column] = text;
        Ok(())
    }

    /// Notes a formula whose result is not there.
    pub fn uncalculated(&mut self, row: u32, column: usize) {
        self.tally.uncalculated += 1;
        self.tally.first_uncalculated.get_or_insert_with(|| cell_name(row, column));
    }

    /// Notes cells that are merged over several rows: the first and the last.
    pub fn merged(&mut self, first: (u32, usize), last: (u32, usize)) {
        let range = || format!("{}:{}", cell_name(first.0, first.1), cell_name(last.0, last.1));
        self.tally.merged.get_or_insert_with(range);
    }

    fn end_row(&mut self) -> Result<(), FormError> {
        self.tally.width = self.tally.width.max(self.row.len());
        self.written += self.row.iter().map(|cell| cell.len() as u64 + 1).sum::<u64>().max(1);
        if self.written > UNPACKED_LIMIT {
            let (limit, advice) = ("2 GiB of text".to_owned(), "save the sheet as CSV (UTF-8)");
            return Err(FormError::TooLarge { kind: SPREADSHEET, limit, advice });
        }
        if self.row.is_empty() {
            self.records.write_record([""]).map_err(write_error)?;
        } else {
            self.records.write_record(&self.row).map_err(write_error)?;
        }
        self.row.clear();
        self.at += 1;
        Ok(())
    }

    /// The file, once every row is in it; an error where results of formulas are not there.
    pub fn finish(mut self, sheet: &str) -> Result<(File, SheetTally), FormError> {
        if let Some(cell) = self.tally.first_uncalculated.take() {
            let found = match self.tally.uncalculated {
                1 => "a formula without a result".to_owned(),
                several => format!("{several} formulas without results"),
            };
            return Err(FormError::NotCalculated { sheet: sheet.to_owned(), cell, found });
        }
        if !self.row.is_empty() {
            self.end_row()?;
        }
        let buffered = self.records.into_inner().map_err(|error| FormError::Read(error.into_error()))?;
        let file = buffered.into_inner().map_err(|error| FormError::Read(error.into_error()))?;
        Ok((file, self.tally))
    }
}

fn write_error(error: csv::Error) -> FormError {
    FormError::Read(match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use super::*;

    fn text(value: &str) -> CellValue {
        CellValue::Text(value.to_owned())
    }

    #[test]
    fn each_row_is_a_record() {
        let mut writer = RowWriter::new().expect("a file");
        for (row, column, value) in [(0, 0, "id"), (0, 2, "why"), (2, 2, "a, \"b\""), (2, 0, "007"), (9, 3, " ")] {
            writer.cell(row, column, text(value)).expect("a cell");
        }
        writer.cell(3, 1, CellValue::Error(ABSENT.to_owned())).expect("a cell");
        assert!(writer.cell(1, 0, text("late")).is_err(), "rows come in order");
        let (mut file, tally) = writer.finish("Data").expect("a file");
        let mut written = String::new();
        file.rewind().expect("a start");
        file.read_to_string(&mut written).expect("a text");
        assert_eq!(written, "id,,why\n\"\"\n007,,\"a, \"\"b\"\"\"\n");
        assert_eq!((tally.width, tally.absent, tally.first_absent.as_deref()), (3, 1, Some("B4")));
    }

    #[test]
    fn a_formula_without_a_result_stops_the_sheet() {
        let mut writer = RowWriter::new().expect("a file");
        writer.uncalculated(1, 2);
        writer.uncalculated(2, 2);
        let message = writer.finish("Data").expect_err("no results").to_string();
        assert!(message.starts_with("the sheet \"Data\" has 2 formulas without results, such as in C2"), "{message}");
    }
}
