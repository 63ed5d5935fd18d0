//! Delimited text as a stream of records: encodings, delimiters, headers, ragged rows.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::mem;
use std::sync::Arc;

use csv::ByteRecord;
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::delimiter::{self, DELIMITERS, most_frequent};
use crate::error::ImportError;
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
    /// lines above the header are skipped.
    pub fn open(source: impl Read + Send + 'static) -> Result<Self, ImportError> {
        Self::of(Arc::new(TextFile::read(source)?))
    }

    /// The same file from its first record on, whatever was read so far.
    pub fn reopen(&self) -> Result<Self, ImportError> {
        Self::of(Arc::clone(&self.text))
    }

    fn of(text: Arc<TextFile>) -> Result<Self, ImportError> {
        let TextFile { start, encoding, has_escapes, .. } = &*text;
        let (encoding, has_escapes) = (*encoding, *has_escapes);
        refuse_other_kinds(start)?;
        // A byte order mark decides; UTF-8 is passed on unchanged, so that what is invalid is reported for its cell.
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(encoding)
            .bom_override(true)
            .utf8_passthru(true)
            .strip_bom(true)
            .build(TextReader::new(Arc::clone(&text)));
        let mut notes: Vec<String> = encoding
            .map(|encoding| format!("the file is not UTF-8: read as {}", encoding.name()))
            .into_iter()
            .collect();
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
        Ok(())
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
            self.ahead = ahead.iter().map(|record| cells_of(record.get(0).unwrap_or_default(), delimiter)).collect();
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
            // Spreadsheets write rows of only delimiters: they count as blank lines.
            if !record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                if let Some(delimiter) = self.inner_delimiter
                    && record.len() == 1
                {
                    *record = cells_of(&record[0], delimiter);
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

/// Refuses files that are not delimited text, by their first bytes.
fn refuse_other_kinds(start: &[u8]) -> Result<(), ImportError> {
    let what = match start.trim_ascii_start() {
        [b'P', b'K', 3, 4, ..] => "a spreadsheet or another archive: save the sheet as CSV (UTF-8)",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "a spreadsheet in an old format: save the sheet as CSV (UTF-8)",
        [0x1f, 0x8b, ..] => "compressed with gzip: unpack it first, like gunzip FILE",
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => "compressed with bzip2: unpack it first",
        [0xfd, b'7', b'z', b'X', b'Z', ..] => "compressed with xz: unpack it first",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "compressed with zstd: unpack it first",
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => "an archive: unpack it first",
        [b'$', b'F', b'L', b'2' | b'3', ..] => "data of SPSS: export CSV from there, with values rather than labels",
        rest if rest.starts_with(b"<stata_dta>") => "data of Stata: export CSV from there",
        rest if rest.starts_with(b"PAR1") => "Parquet: export CSV instead",
        rest if rest.starts_with(b"SQLite format 3") => "a database of SQLite: export the table as CSV",
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => "a picture",
        [b'%', b'P', b'D', b'F', ..] => "a PDF: export CSV instead",
        [b'{', b'\\', b'r', b't', b'f', ..] => "a document (RTF): export CSV instead",
        [b'<', ..] => {
            let lower = String::from_utf8_lossy(&start[..start.len().min(1_024)]).to_lowercase();
            if lower.contains("<html") || lower.contains("<table") || lower.contains("<!doctype html") {
                "an HTML page, also where its name ends with .xls: open it in a spreadsheet program and save the sheet \
                 as CSV (UTF-8)"
            } else if lower.starts_with("<?xml") {
                "XML: export CSV instead"
            } else {
                return Ok(());
            }
        }
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
        assert!(error_of(b"\x1f\x8b\x08\0rest").contains("gzip"));
        assert!(error_of(b"$FL2@(#) SPSS DATA FILE").contains("SPSS"));
        assert!(error_of(b"\n<html xmlns:x=\"urn:excel\"><table><tr><td>id</td></tr></table>").contains("HTML"));
    }

    #[test]
    fn lines_above_the_header_are_skipped_and_told() {
        let table =
            |text: &str| DelimitedReader::open(std::io::Cursor::new(text.as_bytes().to_vec())).expect("a table");
        let titled = table("Feedback of spring\nPeriod;2024-01-01\n\nid;score;when\n1;9;x\n2;8;y\n");
        assert_eq!(titled.header, ["id", "score", "when"]);
        assert_eq!(titled.notes, ["2 lines above the header skipped, the first is \"Feedback of spring\""]);
        let padded = table("Report,,,\n,,,\nid,score,when,why\n1,9,x,\n");
        assert_eq!(padded.header, ["id", "score", "when", "why"]);
        for plain in ["id,score\n1,9\n", "id,score,a,b\n1,9\n2,8\n", "id\n1\n2\n", "id,score,when\n"] {
            assert!(table(plain).notes.is_empty(), "{plain}");
        }
    }

    #[test]
    fn lines_that_are_one_quoted_cell_each_are_read_as_lines() {
        let (header, records) = read_all(b"\"id,score,why\"\n\"1,9,\"\"a, b\"\"\"\n\"2,8,c\"\n");
        assert_eq!(header, ["id", "score", "why"]);
        assert_eq!(records, [["1", "9", "a, b"], ["2", "8", "c"]]);
    }

    #[test]
    fn quotes_after_a_backslash_belong_to_the_text() {
        let (_, records) = read_all(b"id,why,n\n1,\"\\\"Never\\\", he said, and left\",2\n2,\"a 5\\\" pipe\",3\n");
        assert_eq!(records, [["1", "\"Never\", he said, and left", "2"], ["2", "a 5\" pipe", "3"]]);
    }

    #[test]
    fn other_encodings_are_decoded_and_told() {
        let text = b"id,Grund f\xfcr die Note\n1,sch\xf6n\n2,h\xe4tte ich nicht gedacht\n".to_vec();
        let table = DelimitedReader::open(std::io::Cursor::new(text)).expect("a table");
        assert_eq!(table.header[1], "Grund für die Note");
        assert_eq!(table.notes, ["the file is not UTF-8: read as windows-1252"]);
    }

    #[test]
    fn carriage_returns_alone_end_lines() {
        assert_eq!(read_all(b"id,why\r1,a\r2,b\r").1, [["1", "a"], ["2", "b"]]);
    }

    #[test]
    fn an_empty_file_is_refused() {
        assert!(matches!(DelimitedReader::open(std::io::empty()), Err(ImportError::Header(_))));
    }
}
