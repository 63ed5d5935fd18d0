//! Delimited text as a stream of records: encodings, delimiters, headers, ragged rows.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};

use csv::ByteRecord;
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::ImportError;

/// The delimiters that exports use.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// How far the header line may reach.
const HEADER_LIMIT: u64 = 1 << 20;

/// A delimited file with its header read.
pub struct Table {
    /// The column names, trimmed.
    pub header: Vec<String>,
    records: csv::Reader<Box<dyn Read + Send>>,
    /// Records that were looked at and not read yet.
    ahead: VecDeque<ByteRecord>,
}

impl Table {
    /// Reads the header. UTF-8 with or without a byte order mark and UTF-16 with one are understood.
    pub fn open(source: impl Read + Send + 'static) -> Result<Self, ImportError> {
        // A byte order mark decides; without one the bytes pass unchanged, so that bad UTF-8 is found in its cell.
        let decoded =
            DecodeReaderBytesBuilder::new().bom_override(true).utf8_passthru(true).strip_bom(true).build(source);
        let mut decoded = BufReader::with_capacity(1 << 16, decoded);
        let mut start = Vec::new();
        decoded.by_ref().take(HEADER_LIMIT).read_until(b'\n', &mut start)?;
        let delimiter = delimiter_of(&start);
        let whole: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(start).chain(decoded));
        let mut records =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(whole);
        let mut first = ByteRecord::new();
        if !records.read_byte_record(&mut first).map_err(read_error)? {
            return Err(ImportError::Header("the file is empty: expected a header line with column names".to_owned()));
        }
        let header = first.iter().map(column_name).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { header, records, ahead: VecDeque::new() })
    }

    /// Reads the next records, at most `limit`; none at the end of the file.
    pub fn read(&mut self, limit: usize) -> Result<Vec<ByteRecord>, ImportError> {
        let mut records = Vec::with_capacity(limit);
        records.extend(self.ahead.drain(..limit.min(self.ahead.len())));
        let mut record = ByteRecord::new();
        while records.len() < limit && self.records.read_byte_record(&mut record).map_err(read_error)? {
            records.push(record.clone());
        }
        Ok(records)
    }

    /// The next records without reading them, at most `limit`; fewer where the file ends.
    pub fn look_ahead(&mut self, limit: usize) -> Result<&[ByteRecord], ImportError> {
        let mut record = ByteRecord::new();
        while self.ahead.len() < limit && self.records.read_byte_record(&mut record).map_err(read_error)? {
            self.ahead.push_back(record.clone());
        }
        let ahead = self.ahead.make_contiguous();
        Ok(&ahead[..limit.min(ahead.len())])
    }

    /// Leaves out the next records.
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
        .map_err(|_| ImportError::Header("the header line is not UTF-8 text".to_owned()))?
        .trim();
    if name.contains('\0') {
        return Err(ImportError::Header(
            "the header line holds NUL bytes: is it UTF-16 without a byte order mark?".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

/// The delimiter that stands most often outside quotes in the header line; a comma in a tie.
fn delimiter_of(line: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in line {
        quoted ^= *byte == b'"';
        if let Some(at) = DELIMITERS.iter().position(|delimiter| delimiter == byte).filter(|_| !quoted) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    counts.iter().position(|count| *count == most).map_or(b',', |at| DELIMITERS[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
        let mut table = Table::open(std::io::Cursor::new(bytes.to_vec())).expect("a table");
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

    #[test]
    fn an_empty_file_is_refused() {
        assert!(matches!(Table::open(std::io::empty()), Err(ImportError::Header(_))));
    }
}
