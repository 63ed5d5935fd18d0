//! Delimited text as a stream of records: encodings, delimiters, headers, ragged rows.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};

use csv::ByteRecord;
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::delimiter;
use crate::error::ImportError;

/// The most bytes that the header line may have.
const HEADER_LIMIT: u64 = 1 << 20;

/// Bytes that are examined to find the delimiter.
const START_LIMIT: u64 = 1 << 16;

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
}

impl DelimitedReader {
    /// Opens a file and reads its header. UTF-8 with or without a byte order mark, and UTF-16 with one, are decoded.
    pub fn open(source: impl Read + Send + 'static) -> Result<Self, ImportError> {
        // A byte order mark decides; without one the bytes are passed on unchanged, so that invalid UTF-8 is reported
        // for its cell.
        let decoded =
            DecodeReaderBytesBuilder::new().bom_override(true).utf8_passthru(true).strip_bom(true).build(source);
        let mut decoded = BufReader::with_capacity(1 << 16, decoded);
        let mut start = Vec::new();
        decoded.by_ref().take(HEADER_LIMIT).read_until(b'\n', &mut start)?;
        let declared = delimiter::declared(&start);
        if declared.is_some() {
            start.clear();
        }
        decoded.by_ref().take(START_LIMIT).read_to_end(&mut start)?;
        refuse_other_kinds(&start)?;
        let delimiter = declared.unwrap_or_else(|| delimiter::guess(&start));
        let end = [b"\n", END, b"\n"].concat();
        let whole: Box<dyn Read + Send> =
            Box::new(std::io::Cursor::new(start).chain(decoded).chain(std::io::Cursor::new(end)));
        let records =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(whole);
        let lines_above = u64::from(declared.is_some());
        let mut table = Self { header: Vec::new(), records, ahead: VecDeque::new(), has_ended: false, lines_above };
        let mut first = ByteRecord::new();
        if !table.next(&mut first)? {
            return Err(ImportError::Header("the file is empty: expected a header line with column names".to_owned()));
        }
        table.header = first.iter().map(column_name).collect::<Result<Vec<_>, _>>()?;
        Ok(table)
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
            // Spreadsheets write rows of only delimiters: they count as blank lines.
            if !record.iter().all(|cell| cell.trim_ascii().is_empty()) {
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
        let mut records = Vec::with_capacity(limit);
        records.extend(self.ahead.drain(..limit.min(self.ahead.len())));
        let mut record = ByteRecord::new();
        while records.len() < limit && self.next(&mut record)? {
            records.push(record.clone());
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

/// Refuses files that are not delimited text, by their first bytes.
fn refuse_other_kinds(start: &[u8]) -> Result<(), ImportError> {
    let what = match start.trim_ascii_start() {
        [b'P', b'K', 3, 4, ..] => "a spreadsheet or another archive: save the sheet as CSV (UTF-8)",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "a spreadsheet in an old format: save the sheet as CSV (UTF-8)",
        [b'%', b'P', b'D', b'F', ..] => "a PDF: export CSV instead",
        [b'{' | b'[', rest @ ..]
            if matches!(rest.trim_ascii_start().first(), Some(b'"' | b'{' | b'[' | b'}' | b']')) =>
        {
            "JSON: export CSV instead"
        }
        _ => return Ok(()),
    };
    Err(ImportError::Header(format!("the file is not delimited text but {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
        let mut table = DelimitedReader::open(std::io::Cursor::new(bytes.to_vec())).expect("a table");
        let records = table.read(1_000).expect("records");
        let text = |record: &ByteRecord| record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        (table.header, records.iter().map(text).collect())
    }

    fn utf_16(text: &str, little_endian: bool) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(|unit: u16| if little_endian { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn every_encoding_and_delimiter_reads_the_same() {
        let text = "id ,\"a;b\",naïve\r\n1,\"two\nlines, \"\"quoted\"\"\",3\r\n\r\n";
        let expected = read_all(text.as_bytes());
        assert_eq!(expected.0, ["id", "a;b", "naïve"]);
        assert_eq!(expected.1, [["1", "two\nlines, \"quoted\"", "3"]]);
        assert_eq!(read_all(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), expected);
        assert_eq!(read_all(&utf_16(text, true)), expected);
        assert_eq!(read_all(&utf_16(text, false)), expected);
        let (header, records) = read_all(b"id;x,y\tz;c\n1;2;3\n");
        assert_eq!((header.len(), records[0].len()), (3, 3));
        assert_eq!(read_all(b"id\tb\n1\t2\n").0, ["id", "b"]);
    }

    #[test]
    fn ragged_rows_keep_their_own_length() {
        let (_, records) = read_all(b"a,b\n1\n1,2,3\n1,2\n");
        assert_eq!(records.iter().map(Vec::len).collect::<Vec<_>>(), [1, 3, 2]);
    }

    fn error_of(bytes: &[u8]) -> String {
        let read = DelimitedReader::open(std::io::Cursor::new(bytes.to_vec())).and_then(|mut table| table.read(1_000));
        read.expect_err("a file that is refused").to_string()
    }

    #[test]
    fn a_quote_that_nothing_closes_is_an_error_that_names_its_line() {
        assert!(error_of(b"a,b\n1,2\n3,\"x\n4,5\n").contains("line 3"));
        assert!(error_of(b"a,b\n\"1\n\",\"x\n4,5").contains("line 3"));
        assert!(error_of(b"a,\"b\n1,2\n").contains("line 1"));
        assert_eq!(read_all(b"a,b\n1,\"x\"").1, [["1", "x"]]);
        assert_eq!(read_all(b"a,b\n1,5\" pipe\n").1, [["1", "5\" pipe"]]);
    }

    #[test]
    fn rows_of_nothing_but_delimiters_are_blank_lines() {
        assert_eq!(read_all(b"a,b\n,\n1,2\n , \n,,,\n").1, [["1", "2"]]);
    }

    #[test]
    fn a_first_line_that_names_the_delimiter_is_no_header() {
        let (header, records) = read_all(b"\xef\xbb\xbfsep=;\r\na;b,c,d\r\n1;2\r\n");
        assert_eq!((header, records), (vec!["a".to_owned(), "b,c,d".to_owned()], vec![vec!["1".into(), "2".into()]]));
    }

    #[test]
    fn other_kinds_of_files_are_named_in_the_error() {
        assert!(error_of(b"PK\x03\x04rest").contains("save the sheet as CSV"));
        assert!(error_of(b"[{\"score\": 9}]").contains("JSON"));
        assert!(error_of(b"id,Grund f\xfcr\n1,2\n").contains("save the file as UTF-8"));
    }

    #[test]
    fn an_empty_file_is_refused() {
        assert!(matches!(DelimitedReader::open(std::io::empty()), Err(ImportError::Header(_))));
    }
}
