//! A file as text: copied to a nameless temporary file while its encoding is found, so that nothing is decided by its
//! beginning alone.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// A file whose encoding is known, to be read from its start.
pub struct TextFile {
    /// The copy, which is gone as soon as it is closed.
    file: File,
    /// How many bytes it has.
    pub length: u64,
    /// The first bytes of the file, as they are.
    pub start: Vec<u8>,
    /// How it is decoded; `None` for UTF-8, and where a byte order mark decides.
    pub encoding: Option<&'static Encoding>,
    /// True when quotation marks inside cells follow a backslash, as some databases write them, instead of being doubled.
    pub has_escapes: bool,
    /// How the file was made of a sheet of a spreadsheet, a record for each row; `None` for a file that was text.
    pub sheet: Option<SheetShape>,
    /// What was decided about the form of the file, as sentences for the person who imports it.
    pub notes: Vec<String>,
}

/// The shape of a sheet that was written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetShape {
    /// How many columns there are up to the last one that holds something.
    pub width: usize,
}

impl TextFile {
    /// Copies a source to its end.
    pub fn read(mut source: impl Read) -> std::io::Result<Self> {
        let (mut file, mut total) = (tempfile::tempfile()?, 0);
        let (mut encoding, mut quotes) = (EncodingFinder::default(), QuoteCounter::default());
        let mut block = vec![0; BLOCK];
        loop {
            let length = match source.read(&mut block) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            total += length as u64;
            encoding.feed(&block[..length]);
            quotes.feed(&block[..length]);
            file.write_all(&block[..length])?;
        }
        let start = encoding.start.clone();
        let (encoding, has_escapes) = (encoding.found(), quotes.has_escapes());
        Ok(Self { file, length: total, start, encoding, has_escapes, sheet: None, notes: Vec::new() })
    }

    /// A sheet that was written as delimited text in UTF-8.
    pub fn of_sheet(file: File, shape: SheetShape, notes: Vec<String>) -> std::io::Result<Self> {
        let length = file.metadata()?.len();
        let sheet = Some(shape);
        Ok(Self { file, length, start: Vec::new(), encoding: None, has_escapes: false, sheet, notes })
    }
}

/// Reads a file from its start, independently of other readers of it.
pub struct TextReader {
    file: Arc<TextFile>,
    at: u64,
}

impl TextReader {
    /// A reader at the start of the file.
    pub fn new(file: Arc<TextFile>) -> Self {
        Self { file, at: 0 }
    }
}

impl Read for TextReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.file.read_at(buffer, self.at)?;
        self.at += length as u64;
        Ok(length)
    }
}

/// Finds the encoding of bytes that arrive in blocks.
struct EncodingFinder {
    detector: EncodingDetector,
    start: Vec<u8>,
    /// The bytes of a character that the last block ended in.
    open: Vec<u8>,
    is_utf8: bool,
    /// True once a character beyond ASCII was valid UTF-8.
    has_utf8: bool,
}

impl Default for EncodingFinder {
    fn default() -> Self {
        let detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        Self { detector, start: Vec::new(), open: Vec::new(), is_utf8: true, has_utf8: false }
    }
}

impl EncodingFinder {
    fn feed(&mut self, block: &[u8]) {
        if self.start.len() < BLOCK {
            self.start.extend(&block[..block.len().min(BLOCK - self.start.len())]);
        }
        self.detector.feed(block, false);
        let joined = [std::mem::take(&mut self.open).as_slice(), block].concat();
        let mut rest = joined.as_slice();
        while let Err(error) = std::str::from_utf8(rest) {
            let (valid, after) = rest.split_at(error.valid_up_to());
            self.has_utf8 |= !valid.is_ascii();
            let Some(length) = error.error_len() else {
                self.open = after.to_vec();
                return;
            };
            self.is_utf8 = false;
            rest = &after[length..];
        }
        self.has_utf8 |= !rest.is_ascii();
    }

    fn found(mut self) -> Option<&'static Encoding> {
        if Encoding::for_bom(&self.start).is_some() {
            return None;
        }
        if let Some(encoding) = utf_16(&self.start) {
            return Some(encoding);
        }
        self.is_utf8 &= self.open.is_empty();
        // A few broken characters in a file of UTF-8 are reported for their cells.
        if self.is_utf8 || self.has_utf8 {
            return None;
        }
        self.detector.feed(b"", true);
        Some(self.detector.guess(None, Utf8Detection::Deny))
    }
}

/// UTF-16 without a byte order mark: nearly every second byte of Latin text is zero.
fn utf_16(start: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| start.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), start.len() / 2);
    if half < 8 {
        None
    } else if odd * 10 > half * 7 && even * 10 < half {
        Some(UTF_16LE)
    } else if even * 10 > half * 7 && odd * 10 < half {
        Some(UTF_16BE)
    } else {
        None
    }
}

impl Seek for TextReader {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Counts how quotation marks inside cells are written.
#[derive(Default)]
struct QuoteCounter {
    last: [u8; 2],
    after_backslash: u64,
    doubled: u64,
}

impl QuoteCounter {
    fn feed(&mut self, block: &[u8]) {
        let ends_cell = |byte: u8| matches!(byte, 0 | b',' | b';' | b'\t' | b'|' | b'\n' | b'\r');
        for byte in block {
            match self.last {
                // A backslash may be the last character of a cell.
                [b'\\', b'"'] if !ends_cell(*byte) => self.after_backslash += 1,
                [before, b'"'] if *byte == b'"' && !ends_cell(before) => self.doubled += 1,
                _ => {}
            }
            self.last = [self.last[1], *byte];
        }
    }

    fn has_escapes(&self) -> bool {
        self.after_backslash > 0 && self.doubled == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding_of(bytes: &[u8]) -> Option<&'static str> {
        TextFile::read(bytes).expect("a file").encoding.map(Encoding::name)
    }

    #[test]
    fn the_encoding_is_that_of_the_whole_file() {
        assert_eq!(encoding_of("id,Größe\n1,für\n".as_bytes()), None);
        assert_eq!(encoding_of(b"id,comment\n1,tr\xe8s bien, d\xe9j\xe0 vu\n2,\xe7a va\n"), Some("windows-1252"));
        let late = [b"id,comment\n".as_slice(), &b"1,good\n".repeat(50_000), b"2,d\xe9\xe7u par le caf\xe9\n"].concat();
        assert_eq!(encoding_of(&late), Some("windows-1252"));
        let cyrillic = encoding_rs::WINDOWS_1251.encode("номер,отзыв\n1,Очень хорошо\n2,Плохо, больше не приду\n").0;
        assert_eq!(encoding_of(&cyrillic), Some("windows-1251"));
        let broken = ["1,schön\n".repeat(10).as_bytes(), b"2,caf\xe9\n"].concat();
        assert_eq!(encoding_of(&broken), None, "one broken character in a file of UTF-8");
        let wide: Vec<u8> = "id,score,comment\n1,9,gut\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(encoding_of(&wide), Some("UTF-16LE"));
    }

    #[test]
    fn characters_may_lie_across_blocks() {
        let text = format!("{}ß\n", "a".repeat(BLOCK - 1));
        assert_eq!(encoding_of(text.as_bytes()), None);
    }

    #[test]
    fn quotes_after_backslashes_are_told_from_doubled_ones() {
        let escapes = |text: &str| TextFile::read(text.as_bytes()).expect("a file").has_escapes;
        assert!(escapes("id,comment\n1,\"\\\"Never\\\", he said\"\n"));
        assert!(!escapes("id,comment\n1,\"\"\"Never\"\", he said\"\n"));
        assert!(!escapes("id,path\n1,\"C:\\\"\n"), "a backslash at the end of a cell");
    }
}
