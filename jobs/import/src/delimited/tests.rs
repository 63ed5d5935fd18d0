use super::*;

fn read_all(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut table = DelimitedReader::open(std::io::Cursor::new(bytes.to_vec()), None).expect("a table");
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
    let read =
        DelimitedReader::open(std::io::Cursor::new(bytes.to_vec()), None).and_then(|mut table| table.read(1_000));
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
    assert!(error_of(b"PK\x03\x04rest").contains("damaged or cut off"));
    assert!(error_of(b"[{\"score\": 9}]").contains("JSON"));
    assert!(error_of(b"\x1f\x8b\x08\0rest").contains("the gzip file is damaged"));
    assert!(error_of(b"$FL2@(#) SPSS DATA FILE").contains("SPSS"));
    assert!(error_of(b"\n<html xmlns:x=\"urn:excel\"><table><tr><td>id</td></tr></table>").contains("HTML"));
}

#[test]
fn lines_above_the_header_are_skipped_and_told() {
    let table =
        |text: &str| DelimitedReader::open(std::io::Cursor::new(text.as_bytes().to_vec()), None).expect("a table");
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
    let table = DelimitedReader::open(std::io::Cursor::new(text), None).expect("a table");
    assert_eq!(table.header[1], "Grund für die Note");
    assert_eq!(table.notes, ["the file is not UTF-8: read as windows-1252"]);
}

#[test]
fn carriage_returns_alone_end_lines() {
    assert_eq!(read_all(b"id,why\r1,a\r2,b\r").1, [["1", "a"], ["2", "b"]]);
}

#[test]
fn an_empty_file_is_refused() {
    assert!(matches!(DelimitedReader::open(std::io::empty(), None), Err(ImportError::Header(_))));
}
