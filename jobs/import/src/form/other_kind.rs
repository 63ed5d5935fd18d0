//! Files that are neither text nor a spreadsheet that is read: named for what they are, with what to do.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use super::error::FormError;
use crate::text_file::{TextFile, TextReader};

/// Refuses files that are not delimited text, by their first bytes.
pub fn check_text(start: &[u8]) -> Result<(), FormError> {
    let what = match start.trim_ascii_start() {
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => "compressed with bzip2: unpack it first",
        [0xfd, b'7', b'z', b'X', b'Z', ..] => "compressed with xz: unpack it first",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "compressed with zstd: unpack it first",
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => "an archive: unpack it first",
        [b'$', b'F', b'L', b'2' | b'3', ..] => "data of SPSS: export CSV from there, with values rather than labels",
        _ if start.get(257..262) == Some(b"ustar") => "a tar archive: unpack it, and import the file inside",
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
    Err(FormError::OtherKind(what))
}

/// The first bytes of a compound file: the old formats of office programs, and new ones with a password.
const COMPOUND: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Refuses compound files, for what their directory says that they hold.
pub fn check_compound(copy: &Arc<TextFile>) -> Result<(), FormError> {
    if !copy.start.starts_with(&COMPOUND) {
        return Ok(());
    }
    let directory = compound_directory(copy)?;
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        directory.windows(wide.len()).any(|bytes| bytes == wide)
    };
    Err(if has("EncryptedPackage") {
        FormError::Encrypted("spreadsheet")
    } else if has("Workbook") || has("Book") {
        FormError::OtherKind("a spreadsheet in an old format (.xls): save it as .xlsx, or the sheet as CSV (UTF-8)")
    } else {
        FormError::OtherKind("a document in an old format of an office program: save the table in it as CSV (UTF-8)")
    })
}

/// The first sectors of the directory of a compound file (MS-CFB, 2.2: bytes 30 and 48 say how large sectors are, and which
/// is the first of the directory).
fn compound_directory(copy: &Arc<TextFile>) -> Result<Vec<u8>, FormError> {
    let number = |at: usize, length: usize| {
        let bytes = copy.start.get(at..at + length).unwrap_or_default();
        bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let place = (number(48, 4) + 1) << number(30, 2).min(16);
    let mut reader = TextReader::new(Arc::clone(copy));
    reader.seek(SeekFrom::Start(place))?;
    let mut directory = Vec::new();
    reader.take(4_096).read_to_end(&mut directory)?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compound file whose directory has an entry of this name.
    fn compound(name: &str) -> Arc<TextFile> {
        let mut bytes = vec![0; 512];
        bytes[..8].copy_from_slice(&COMPOUND);
        bytes[30] = 9;
        bytes[48] = 1;
        bytes.resize(1_024, 0);
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        Arc::new(TextFile::read(bytes.as_slice()).expect("a copy"))
    }

    #[test]
    fn compound_files_are_named_for_what_they_hold() {
        let message = |name: &str| check_compound(&compound(name)).expect_err(name).to_string();
        assert_eq!(message("EncryptedPackage"), "the spreadsheet is encrypted: save it without a password");
        assert!(message("Workbook").contains("in an old format (.xls): save it as .xlsx"));
        assert!(message("WordDocument").contains("a document in an old format"));
        let text = Arc::new(TextFile::read(b"id,score\n".as_slice()).expect("a copy"));
        assert!(check_compound(&text).is_ok());
    }

    #[test]
    fn a_tar_archive_is_named() {
        let mut bytes = vec![b'a'; 257];
        bytes.extend(b"ustar");
        assert!(check_text(&bytes).expect_err("an archive").to_string().contains("a tar archive"));
    }
}
