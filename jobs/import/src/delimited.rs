//! Delimited text as a stream of records: encodings, delimiters, headers, ragged rows.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::mem;
use std::sync::Arc;

use csv::ByteRecord;
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::delimiter::{self, DELIMITERS, most_frequent};
use crate::error::ImportError;
use crate::form;
use crate::row_numbering::RowNumbering;
use crate::text_file::{TextFile, TextReader};

/// The most bytes that the header line may have.
const HEADER_LIMIT: u64 = 1 << 20;

/// Bytes that are examined to find the delimiter.
const START_LIMIT: u64 = 1 << 16;

/// Records among which the header is searched.
const HEADER_RECORDS: usize = 50;

/// The most lines above a header: titles, periods, dates of an export.
const LINES_ABOVE: usize = 20;

/// A marker record appended to the file: where a quote is still open, the marker ends up inside the last cell.
const END: &[u8] = b"\0end of the file\0";

/// A delimited file whose header has been read.
pub struct DelimitedReader {
    /// The column names, trimmed.
    pub header: Vec<String>,
    records: csv::Reader<Box<dyn Read + Send>>,
    /// Records that were examined and not yet returned.
    ahead: VecDeque<ByteRecord>,
    /// True when the marker record was read.
    has_ended: bool,
    /// Lines skipped before those that the reader counts.
    lines_above: u64,
    /// The delimiter inside lines that are one quoted cell each.
    inner_delimiter: Option<u8>,
    text: Arc<TextFile>,
    /// What was decided about the form of the file, as sentences for the person who imports it.
    pub notes: Vec<String>,
}

impl DelimitedReader {
    /// Opens a file and reads its header. UTF-8 and UTF-16 are decoded, and other encodings as far as they can be told;
    /// lines above the header are skipped. What is compressed is unpacked, and of a spreadsheet a sheet is read: the one
    /// that `sheet` names, or else the only one that holds something.
    pub fn open(source: impl Read + Send + 'static, sheet: Option<&str>) -> Result<Self, ImportError> {
        Self::of(form::open(source, sheet)?)
    }

    /// A table of one record, which was no text: nothing of its form is guessed.
    pub fn of_record(header: &[String], record: ByteRecord) -> std::io::Result<Self> {
        let nothing: Box<dyn Read + Send> = Box::new(std::io::empty());
        let header = header.iter().map(|name| name.trim().replace('\0', "")).collect();
        Ok(Self {
            header,
            records: csv::ReaderBuilder::new().has_headers(false).from_reader(nothing),
            ahead: VecDeque::from([record]),
            has_ended: true,
            lines_above: 0,
            inner_delimiter: None,
            text: Arc::new(TextFile::read(std::io::empty())?),
            notes: Vec::new(),
        })
    }

    /// The same file from its first record on, whatever was read so far.
    pub fn reopen(&self) -> Result<Self, ImportError> {
        Self::of(Arc::clone(&self.text))
    }

    fn of(text: Arc<TextFile>) -> Result<Self, ImportError> {
        let TextFile { encoding, has_escapes, .. } = &*text;
        let (encoding, has_escapes) = (*encoding, *has_escapes);
        let is_sheet = text.sheet.is_some();
        // A byte order mark decides; UTF-8 is passed on unchanged, so that what is invalid is reported for its cell.
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(encoding)
            .bom_override(true)
            .utf8_passthru(true)
            .strip_bom(true)
            .build(TextReader::new(Arc::clone(&text)));
        let mut notes = text.notes.clone();
        notes.extend(encoding.map(|encoding| format!("the file is not UTF-8: read as {}", encoding.name())));
        let mut decoded = BufReader::with_capacity(1 << 16, decoded);
        let mut start = Vec::new();
        decoded.by_ref().take(HEADER_LIMIT).read_until(b'\n', &mut start)?;
        let declared = delimiter::declared(&start).filter(|_| !is_sheet);
        if declared.is_some() {
            start.clear();
        }
        decoded.by_ref().take(START_LIMIT).read_to_end(&mut start)?;
        let delimiter = if is_sheet {
            b','
        } else {
            form::check_text(&start)?;
            declared.unwrap_or_else(|| delimiter::guess(&start))
        };
        let end = [b"\n", END, b"\n"].concat();
        let whole: Box<dyn Read + Send> =
            Box::new(std::io::Cursor::new(start).chain(decoded).chain(std::io::Cursor::new(end)));
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(delimiter);
        if has_escapes {
            builder.escape(Some(b'\\')).double_quote(false);
            notes.push("quotation marks after a backslash are read as part of the text".to_owned());
        }
        let mut table = Self {
            header: Vec::new(),
            records: builder.from_reader(whole),
            ahead: VecDeque::new(),
            has_ended: false,
            lines_above: u64::from(declared.is_some()),
            inner_delimiter: None,
            notes,
            text,
        };
        table.read_header()?;
        Ok(table)
    }

    /// Reads the header, below the lines that stand above it.
    fn read_header(&mut self) -> Result<(), ImportError> {
        self.look_ahead(HEADER_RECORDS)?;
        self.unwrap_quoted_lines();
        let (_, usual) = most_frequent(self.ahead.iter().map(width));
        // A title is at most half as wide as the table; below it there may be lines like "Period:,2024".
        let is_title = |record: &ByteRecord| usual > 1 && (width(record) == 1 || width(record) * 2 <= usual);
        let is_above = |record: &ByteRecord| width(record) < usual && (width(record) <= 2 || width(record) + 1 < usual);
        let has_title = self.ahead.front().is_some_and(is_title);
        let above = self.ahead.iter().take(LINES_ABOVE).take_while(|record| has_title && is_above(record)).count();
        if above > 0 && self.ahead.get(above).is_some_and(|record| width(record) + 1 >= usual) {
            let title = self.ahead[0].iter().map(String::from_utf8_lossy).find(|cell| !cell.trim().is_empty());
            let lines = if above == 1 { "1 line".to_owned() } else { format!("{above} lines") };
            let title = title.unwrap_or_default();
            self.notes.push(format!("{lines} above the header skipped, the first is \"{}\"", title.trim()));
            self.skip(above);
        }
        let Some(first) = self.ahead.pop_front() else {
            return Err(ImportError::Header("the file is empty: expected a header line with column names".to_owned()));
        };
        self.header = first.iter().map(column_name).collect::<Result<Vec<_>, _>>()?;
        self.fit_sheet();
        Ok(())
    }

    /// The rows of a sheet have as many cells as its header, whatever is written beside the table.
    fn fit_sheet(&mut self) {
        let Some(shape) = self.text.sheet else { return };
        let width = self.header.len();
        if shape.width > width && self.inner_delimiter.is_none() {
            self.notes.push(format!(
                "the header ends at column {}: what the sheet holds to the right of it is left out",
                form::column_letters(width.saturating_sub(1))
            ));
        }
        let mut ahead = mem::take(&mut self.ahead);
        for record in &mut ahead {
            self.fit(record);
        }
        ahead.retain(|record| !is_blank(record));
        self.ahead = ahead;
    }

    /// Gives a row of a sheet as many cells as the header has.
    fn fit(&self, record: &mut ByteRecord) {
        let width = self.header.len();
        if self.text.sheet.is_none() || width == 0 || self.inner_delimiter.is_some() {
            return;
        }
        record.truncate(width);
        (record.len()..width).for_each(|_| record.push_field(b""));
    }

    /// How the records of this file are numbered.
    pub fn numbering(&self) -> RowNumbering {
        if self.text.sheet.is_some() { RowNumbering::Sheet } else { RowNumbering::Data }
    }

    /// Where every line is one quoted cell, as programs save a file that they opened with another delimiter, the cells
    /// are the lines.
    fn unwrap_quoted_lines(&mut self) {
        let is_single = self.ahead.len() > 1 && self.ahead.iter().all(|record| record.len() == 1);
        let found = DELIMITERS.into_iter().find(|delimiter| {
            let cells = |record: &ByteRecord| cells_of(record.get(0).unwrap_or_default(), *delimiter).len();
            let (records, length) = most_frequent(self.ahead.iter().map(cells));
            length > 2 && records == self.ahead.len()
        });
        if let Some(delimiter) = found.filter(|_| is_single) {
            self.inner_delimiter = Some(delimiter);
            self.notes.push("every line is one quoted cell: read as if it were not quoted".to_owned());
            let ahead = mem::take(&mut self.ahead);
            self.ahead = ahead.iter().map(|record| unwrapped(record, delimiter)).collect();
        }
    }

    /// Reads the next record that is not empty; false at the end of the file.
    fn next(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        while !self.has_ended {
            if !self.records.read_byte_record(record).map_err(read_error)? {
                self.has_ended = true;
                break;
            }
            if record.len() == 1 && record.get(0) == Some(END) {
                self.has_ended = true;
                break;
            }
            if record.get(record.len() - 1).is_some_and(|cell| cell.trim_ascii_end().ends_with(END)) {
                return Err(self.open_quote(record));
            }
            self.fit(record);
            // Spreadsheets write rows of only delimiters: they count as blank lines.
            if !is_blank(record) {
                if let Some(delimiter) = self.inner_delimiter
                    && record.len() == 1
                {
                    *record = unwrapped(record, delimiter);
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The error for a quote that is never closed, with its line.
    fn open_quote(&self, record: &ByteRecord) -> ImportError {
        let first_line = record.position().map_or(1, csv::Position::line) + self.lines_above;
        let before = record.iter().take(record.len() - 1).flatten().filter(|byte| **byte == b'\n').count() as u64;
        ImportError::Header(format!(
            "a quotation mark on line {} is never closed, so the rest of the file would be one cell: close \
             or double it",
            first_line + before
        ))
    }

    /// Reads the next records, at most `limit`; none at the end of the file.
    pub fn read(&mut self, limit: usize) -> Result<Vec<ByteRecord>, ImportError> {
        let mut records = Vec::new();
        let mut record = ByteRecord::new();
        while records.len() < limit {
            if let Some(next) = self.ahead.pop_front() {
                records.push(next);
            } else if self.next(&mut record)? {
                records.push(record.clone());
            } else {
                break;
            }
        }
        Ok(records)
    }

    /// The next records without consuming them, at most `limit`; fewer where the file ends.
    pub fn look_ahead(&mut self, limit: usize) -> Result<&[ByteRecord], ImportError> {
        let mut record = ByteRecord::new();
        while self.ahead.len() < limit && self.next(&mut record)? {
            self.ahead.push_back(record.clone());
        }
        let ahead = self.ahead.make_contiguous();
        Ok(&ahead[..limit.min(ahead.len())])
    }

    /// Discards the next records.
    pub fn skip(&mut self, count: usize) {
        self.ahead.drain(..count.min(self.ahead.len()));
    }
}

fn read_error(error: csv::Error) -> ImportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ImportError::Read(error),
        kind => ImportError::Header(format!("the file is not delimited text: {kind:?}")),
    }
}

/// The number of cells up to the last one that is not empty.
fn width(record: &ByteRecord) -> usize {
    record.iter().rposition(|cell| !cell.trim_ascii().is_empty()).map_or(0, |last| last + 1)
}

/// True for a record without any text.
fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|cell| cell.trim_ascii().is_empty())
}

/// The record that is written in the first cell of another one, in the same place.
fn unwrapped(record: &ByteRecord, delimiter: u8) -> ByteRecord {
    let mut inner = cells_of(record.get(0).unwrap_or_default(), delimiter);
    inner.set_position(record.position().cloned());
    inner
}

/// The cells of one line.
fn cells_of(line: &[u8], delimiter: u8) -> ByteRecord {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(line);
    let mut record = ByteRecord::new();
    match reader.read_byte_record(&mut record) {
        Ok(true) => record,
        _ => ByteRecord::from(vec![line]),
    }
}

fn column_name(bytes: &[u8]) -> Result<String, ImportError> {
    let name = std::str::from_utf8(bytes)
        .map_err(|_| ImportError::Header("the header line is not UTF-8 text: save the file as UTF-8".to_owned()))?
        .trim();
    if name.contains('\0') {
        return Err(ImportError::Header(
            "the header line contains NUL bytes: is it UTF-16 without a byte order mark?".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests;
