//! The delimiter of a file: declared on a line of its own, or the one that gives most of the first records the same
//! number of cells.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder};

/// The delimiters that exports use; the first one wins a tie.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

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

/// The delimiter that gives most of the first records the same number of cells; in a tie the one with more cells.
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

/// How many records have the most frequent number of cells, and this number. The header may stand below a title.
fn fit(start: &[u8], delimiter: u8) -> (usize, usize) {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(start);
    let lengths = reader.byte_records().take(RECORDS).map_while(Result::ok).map(|record: ByteRecord| record.len());
    let (records, length) = most_frequent(lengths);
    if length > 1 { (records, length) } else { (0, 0) }
}

/// How often the most frequent number occurs, and the number; the greater one in a tie.
pub fn most_frequent(numbers: impl Iterator<Item = usize>) -> (usize, usize) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for number in numbers {
        *counts.entry(number).or_default() += 1;
    }
    counts.into_iter().map(|(number, count)| (count, number)).max().unwrap_or_default()
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
