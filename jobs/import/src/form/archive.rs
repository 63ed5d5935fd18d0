//! Compressed files and archives: what is in them, unpacked in a stream and within limits.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::error::FormError;
use super::limit::{LimitedReader, UnpackLimit, unpack_error};
use super::sheet::SpreadsheetKind;
use crate::text_file::{TextFile, TextReader};

/// What a gzip file is called in messages.
pub const GZIP: &str = "gzip file";
/// What a zip archive is called in messages.
pub const ZIP: &str = "zip archive";
const SPREADSHEET: &str = "spreadsheet";

/// The most bytes of a part of a spreadsheet that its reader keeps in memory: the different texts of its cells, and its
/// styles.
const KEPT_LIMIT: u64 = 64 << 20;

/// The most bytes between two tags of a part: a cell holds at most 32,767 characters.
const TEXT_LIMIT: usize = 4 << 20;

/// An archive that is read from a copy.
pub type CopiedArchive = ZipArchive<BufReader<TextReader>>;

/// True for the first bytes of a file that is compressed with gzip.
pub fn is_gzip(start: &[u8]) -> bool {
    start.starts_with(&[0x1f, 0x8b])
}

/// True for the first bytes of a zip archive, an empty one too.
pub fn is_zip(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
}

/// Unpacks a file that is compressed with gzip.
pub fn gunzip(copy: TextFile) -> Result<TextFile, FormError> {
    let mut limit = UnpackLimit::of(copy.length);
    let inner = MultiGzDecoder::new(BufReader::new(TextReader::new(Arc::new(copy))));
    TextFile::read(LimitedReader { inner, limit: &mut limit }).map_err(|error| unpack_error(GZIP, error))
}

/// What an archive is.
pub enum ArchiveContent {
    /// A spreadsheet: its parts are in an archive.
    Spreadsheet(SpreadsheetKind),
    /// The only file of an archive, by its index.
    File(usize),
}

/// Opens an archive.
pub fn open(copy: &Arc<TextFile>) -> Result<CopiedArchive, FormError> {
    let reader = BufReader::new(TextReader::new(Arc::clone(copy)));
    ZipArchive::new(reader).map_err(|error| zip_error(ZIP, "", error))
}

/// Tells what an archive holds; archives that are documents of other programs are refused for what they are.
pub fn look_into(copy: &Arc<TextFile>) -> Result<ArchiveContent, FormError> {
    let mut archive = open(copy)?;
    let names: Vec<String> = archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let has = |part: &str| names.iter().any(|name| name.eq_ignore_ascii_case(part));
    if has("[Content_Types].xml") {
        let ends = |end: &str| names.iter().any(|name| name.to_lowercase().ends_with(end));
        return if ends("workbook.xml") {
            Ok(ArchiveContent::Spreadsheet(SpreadsheetKind::Xlsx))
        } else if ends("workbook.bin") {
            Err(FormError::OtherKind("a binary spreadsheet (.xlsb): save it as .xlsx, or the sheet as CSV (UTF-8)"))
        } else {
            Err(FormError::OtherKind("a document of an office program: save the table in it as CSV (UTF-8)"))
        };
    }
    if has("mimetype") && has("META-INF/manifest.xml") {
        return open_document(&mut archive);
    }
    if names.iter().any(|name| name.contains(".iwa")) {
        return Err(FormError::OtherKind("a document of Apple's programs: export it as Excel or CSV there"));
    }
    only_file(&mut archive, &names)
}

/// An `OpenDocument` file: a spreadsheet, unless its type says otherwise.
fn open_document(archive: &mut CopiedArchive) -> Result<ArchiveContent, FormError> {
    let manifest = small_part(archive, "META-INF/manifest.xml")?;
    if manifest.contains("encryption-data") || archive.index_for_name("encrypted-package").is_some() {
        return Err(FormError::Encrypted(SPREADSHEET));
    }
    if small_part(archive, "mimetype")?.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
        Ok(ArchiveContent::Spreadsheet(SpreadsheetKind::Ods))
    } else {
        Err(FormError::OtherKind("a document of an office program: save the table in it as CSV (UTF-8)"))
    }
}

/// The index of the file of an archive that has one, apart from what systems add.
fn only_file(archive: &mut CopiedArchive, names: &[String]) -> Result<ArchiveContent, FormError> {
    let is_added = |name: &str| {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        name.ends_with(['/', '\\']) || name.starts_with("__MACOSX/") || last.starts_with('.') || last == "Thumbs.db"
    };
    let files: Vec<usize> = (0..names.len()).filter(|at| !is_added(&names[*at])).collect();
    let [index] = files[..] else {
        let names: Vec<String> = files.iter().map(|at| names[*at].clone()).collect();
        return Err(if names.is_empty() { FormError::EmptyArchive } else { FormError::SeveralFiles(names) });
    };
    let entry = archive.by_index_raw(index).map_err(|error| zip_error(ZIP, &names[index], error))?;
    if entry.encrypted() {
        return Err(FormError::Encrypted(ZIP));
    }
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(FormError::UnknownCompression(names[index].clone()));
    }
    Ok(ArchiveContent::File(index))
}

/// Unpacks one file of an archive, and says which.
pub fn unzip(copy: &Arc<TextFile>, index: usize) -> Result<TextFile, FormError> {
    let mut archive = open(copy)?;
    let mut limit = UnpackLimit::of(copy.length);
    let inner = archive.by_index(index).map_err(|error| zip_error(ZIP, "", error))?;
    let name = String::from_utf8_lossy(inner.name_raw()).into_owned();
    let mut file =
        TextFile::read(LimitedReader { inner, limit: &mut limit }).map_err(|error| unpack_error(ZIP, error))?;
    file.notes.push(format!("\"{name}\" of the zip archive is read"));
    Ok(file)
}

/// Unpacks every part of a spreadsheet once: checksums are right, limits kept, and nothing is encrypted.
pub fn check_parts(copy: &Arc<TextFile>) -> Result<(), FormError> {
    let mut archive = open(copy)?;
    let mut limit = UnpackLimit::of(copy.length);
    let mut block = vec![0; 1 << 16];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| zip_error(SPREADSHEET, "", error))?;
        let name = String::from_utf8_lossy(part.name_raw()).to_lowercase();
        let has_tags = !name.contains("media/");
        let is_kept = !(name.contains("worksheets/") || name == "content.xml") && has_tags;
        let mut reader = LimitedReader { inner: &mut part, limit: &mut limit };
        let (mut total, mut since_tag) = (0_u64, 0);
        loop {
            let length = match reader.read(&mut block) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unpack_error(SPREADSHEET, error)),
            };
            total += length as u64;
            let block = &block[..length];
            let first = block.iter().position(|byte| *byte == b'<').unwrap_or(length);
            let last = block.iter().rposition(|byte| *byte == b'<').map(|at| length - at);
            let is_long = has_tags && since_tag + first > TEXT_LIMIT;
            since_tag = last.unwrap_or(since_tag + length);
            if is_long || (is_kept && total > KEPT_LIMIT) {
                let limit = if is_long { "4 MiB in one cell" } else { "64 MiB of different texts" }.to_owned();
                let advice = "save the sheet as CSV (UTF-8)";
                return Err(FormError::TooLarge { kind: SPREADSHEET, limit, advice });
            }
        }
    }
    Ok(())
}

/// A part that is known to be short, as text.
pub fn small_part(archive: &mut CopiedArchive, name: &str) -> Result<String, FormError> {
    let part = archive.by_name(name).map_err(|error| zip_error(SPREADSHEET, name, error))?;
    let mut bytes = Vec::new();
    let damaged = |error: io::Error| FormError::Damaged { kind: SPREADSHEET, reason: error.to_string() };
    part.take(16 << 20).read_to_end(&mut bytes).map_err(damaged)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The error of an archive, or of the part that is named.
fn zip_error(kind: &'static str, name: &str, error: ZipError) -> FormError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            FormError::Encrypted(kind)
        }
        ZipError::CompressionMethodNotSupported(_) => FormError::UnknownCompression(name.to_owned()),
        error => FormError::Damaged { kind, reason: error.to_string() },
    }
}
