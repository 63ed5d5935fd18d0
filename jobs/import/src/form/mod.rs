//! The form of a file: text as it is, text that is compressed, or a sheet of a spreadsheet that is written as text.
//!
//! The form is told by the content; names of files say nothing. What is neither is refused for what it is.

mod archive;
mod error;
mod limit;
mod other_kind;
mod sheet;

use std::io::Read;
use std::sync::Arc;

use self::archive::{ArchiveContent, GZIP, ZIP};
pub use self::error::FormError;
pub use self::other_kind::check_text;
use self::sheet::Spreadsheet;
pub use self::sheet::column_letters;
use crate::text_file::TextFile;

/// Copies a source, unpacks it, and writes the sheet of a spreadsheet as text; `sheet` names the one.
pub fn open(source: impl Read, sheet: Option<&str>) -> Result<Arc<TextFile>, FormError> {
    table(TextFile::read(source)?, None, sheet)
}

/// Text or a spreadsheet, out of an archive or not; `outer` is the archive that it was in, which may hold no further one.
fn table(copy: TextFile, outer: Option<&'static str>, sheet: Option<&str>) -> Result<Arc<TextFile>, FormError> {
    if archive::is_gzip(&copy.start) {
        not_nested(outer)?;
        return table(archive::gunzip(copy)?, Some(GZIP), sheet);
    }
    if !archive::is_zip(&copy.start) {
        return text(copy, sheet);
    }
    let copy = Arc::new(copy);
    match archive::look_into(&copy)? {
        ArchiveContent::Spreadsheet(kind) => Spreadsheet::open(kind, &copy)?.read(sheet).map(Arc::new),
        ArchiveContent::File(index) => {
            not_nested(outer)?;
            table(archive::unzip(&copy, index)?, Some(ZIP), sheet)
        }
    }
}

fn not_nested(outer: Option<&'static str>) -> Result<(), FormError> {
    outer.map_or(Ok(()), |outer| Err(FormError::Nested(outer)))
}

fn text(copy: TextFile, sheet: Option<&str>) -> Result<Arc<TextFile>, FormError> {
    let copy = Arc::new(copy);
    other_kind::check_compound(&copy)?;
    check_text(&copy.start)?;
    match sheet {
        Some(sheet) => Err(FormError::NoSheets(sheet.to_owned())),
        None => Ok(copy),
    }
}
