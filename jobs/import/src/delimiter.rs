//! The delimiter of a file: declared on a line of its own, or the one that gives most of the first records as many
//! cells as the header.

use csv::{ByteRecord, ReaderBuilder};

/// The delimiters that exports use; the first one wins a tie.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Records that are examined to find the delimiter.
const RECORDS: usize = 20;

/// The delimiter declared by a first line like `sep=;`, which spreadsheets write; `None` for any other line.
pub fn declared(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let name = line.get(..4)?.eq_ignore_ascii_case(b"sep=");
    match line.get(4..)? {
        [delimiter] if name && DELIMITERS.contains(delimiter) => Some(*delimiter),
        _ => None,
    }
}

/// The delimiter that gives most of the first records as many cells as the header; in a tie the one with more cells.
pub fn guess(start: &[u8]) -> u8 {
    let mut best = (b',', (0, 0));
    for delimiter in DELIMITERS {
        let fit = fit(start, delimiter);
        if fit > best.1 {
            best = (delimiter, fit);
        }
    }
    best.0
}

/// How many records have as many cells as the header, and the number of these cells.
fn fit(start: &[u8], delimiter: u8) -> (usize, usize) {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(start);
    let lengths: Vec<usize> =
        reader.byte_records().take(RECORDS).map_while(Result::ok).map(|record: ByteRecord| record.len()).collect();
    match lengths.split_first() {
        Some((header, records)) if *header > 1 => (records.iter().filter(|length| *length == header).count(), *header),
        _ => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_outweigh_the_header() {
        assert_eq!(guess(b"id;score;\"a, b\";Was gut war, was schlecht war, und was neu\n1;9;x;y\n2;8;x;y\n"), b';');
        assert_eq!(guess(b"id,score,when\n1,9,a;b\n"), b',');
        assert_eq!(guess(b"id|score|when\n1|9|2024-07-01\n"), b'|');
        assert_eq!(guess(b"id;score"), b';');
        assert_eq!(guess(b"id"), b',');
    }

    #[test]
    fn a_first_line_may_declare_the_delimiter() {
        assert_eq!(
            (declared(b"sep=;\r\n"), declared(b"SEP=,\n"), declared(b"sep=\t\n")),
            (Some(b';'), Some(b','), Some(b'\t'))
        );
        assert_eq!((declared(b"sep=x\n"), declared(b"separator;x\n"), declared(b"id\n")), (None, None, None));
    }
}
