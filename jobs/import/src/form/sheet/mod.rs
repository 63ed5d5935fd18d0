//! Spreadsheets: which sheet is read, and its rows as delimited text, so that everything else reads them as it reads text.

mod ods;
mod row_writer;
mod value;
mod xlsx;

use std::sync::Arc;

use self::ods::OdsSpreadsheet;
use self::row_writer::{RowWriter, SheetTally};
use self::xlsx::XlsxSpreadsheet;
use super::archive;
use super::error::FormError;
use crate::text_file::{SheetShape, TextFile};

pub use self::value::column_letters;

/// What a damaged or too large spreadsheet is called.
const SPREADSHEET: &str = "spreadsheet";

/// The format of a spreadsheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadsheetKind {
    /// Office Open XML (ECMA-376).
    Xlsx,
    /// `OpenDocument` (ISO/IEC 26300).
    Ods,
}

/// One sheet of a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetSummary {
    name: String,
    is_hidden: bool,
    /// True when some cell holds something.
    has_content: bool,
}

/// A spreadsheet whose sheets can be listed and read.
pub enum Spreadsheet {
    /// Office Open XML.
    Xlsx(Box<XlsxSpreadsheet>, Vec<String>),
    /// `OpenDocument`.
    Ods(OdsSpreadsheet, Vec<String>),
}

impl Spreadsheet {
    /// Opens the copy of a spreadsheet, once all of it was unpacked without a fault.
    pub fn open(kind: SpreadsheetKind, copy: &Arc<TextFile>) -> Result<Self, FormError> {
        archive::check_parts(copy)?;
        let notes = copy.notes.clone();
        Ok(match kind {
            SpreadsheetKind::Xlsx => Self::Xlsx(Box::new(XlsxSpreadsheet::open(copy)?), notes),
            SpreadsheetKind::Ods => Self::Ods(OdsSpreadsheet::new(copy), notes),
        })
    }

    /// Writes a sheet as text: the one of this name, or else the only one that holds something and can be seen.
    pub fn read(self, wanted: Option<&str>) -> Result<TextFile, FormError> {
        let mut writer = RowWriter::new()?;
        let (name, mut notes) = match self {
            Self::Xlsx(mut spreadsheet, notes) => {
                let name = choose(&spreadsheet.sheets()?, wanted)?;
                spreadsheet.write(&name, &mut writer)?;
                (name, notes)
            }
            Self::Ods(spreadsheet, notes) => {
                let name = choose(&spreadsheet.sheets()?, wanted)?;
                spreadsheet.write(&name, &mut writer)?;
                (name, notes)
            }
        };
        let (file, tally) = writer.finish(&name)?;
        notes.push(format!("the sheet \"{name}\" is read"));
        notes.extend(notes_of(&tally));
        Ok(TextFile::of_sheet(file, SheetShape { width: tally.width }, notes)?)
    }
}

/// The name of the sheet to read.
fn choose(sheets: &[SheetSummary], wanted: Option<&str>) -> Result<String, FormError> {
    let names = |keep: &dyn Fn(&SheetSummary) -> bool| -> Vec<String> {
        sheets.iter().filter(|sheet| keep(sheet)).map(|sheet| sheet.name.clone()).collect()
    };
    if let Some(wanted) = wanted {
        let is_wanted = |sheet: &&SheetSummary| sheet.name.trim().to_lowercase() == wanted.trim().to_lowercase();
        let exact = sheets.iter().find(|sheet| sheet.name == wanted);
        let found = exact.or_else(|| sheets.iter().find(is_wanted));
        let known = || FormError::UnknownSheet { wanted: wanted.to_owned(), known: names(&|_| true) };
        return found.map(|sheet| sheet.name.clone()).ok_or_else(known);
    }
    let seen = names(&|sheet| sheet.has_content && !sheet.is_hidden);
    match &seen[..] {
        [name] => Ok(name.clone()),
        [] => {
            let hidden = names(&|sheet| sheet.has_content);
            Err(if hidden.is_empty() { FormError::EmptySpreadsheet } else { FormError::OnlyHidden(hidden) })
        }
        _ => Err(FormError::SeveralSheets(seen)),
    }
}

/// What to say of the cells of a sheet.
fn notes_of(tally: &SheetTally) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(first) = &tally.first_absent {
        notes.push(format!("#N/A is read as an empty cell: {} of them, the first in {first}", tally.absent));
    }
    if let Some(range) = &tally.merged {
        notes.push(format!(
            "cells that are merged over several rows, such as {range}, hold something in the first of these rows only"
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets(of: &[(&str, bool, bool)]) -> Vec<SheetSummary> {
        let summary = |(name, is_hidden, has_content): &(&str, bool, bool)| SheetSummary {
            name: (*name).to_owned(),
            is_hidden: *is_hidden,
            has_content: *has_content,
        };
        of.iter().map(summary).collect()
    }

    #[test]
    fn the_only_sheet_that_holds_something_is_chosen() {
        let one = sheets(&[("Empty", false, false), ("Data", false, true), ("Lists", true, true)]);
        assert_eq!(choose(&one, None).expect("a sheet"), "Data");
        assert_eq!(choose(&one, Some("lists ")).expect("a sheet"), "Lists");
        assert!(matches!(choose(&one, Some("Other")), Err(FormError::UnknownSheet { known, .. }) if known.len() == 3));
    }

    #[test]
    fn several_sheets_hidden_ones_and_none_are_asked_about() {
        let several = choose(&sheets(&[("Q1 2024", false, true), ("Q2", false, true)]), None);
        assert_eq!(
            several.expect_err("two").to_string(),
            "the spreadsheet has 2 sheets that hold something: add --sheet 'Q1 2024' or --sheet Q2"
        );
        let hidden = choose(&sheets(&[("Q1", true, true), ("Q2", false, false)]), None).expect_err("hidden");
        assert!(hidden.to_string().ends_with("add --sheet Q1"), "{hidden}");
        assert!(matches!(choose(&sheets(&[("Q1", false, false)]), None), Err(FormError::EmptySpreadsheet)));
    }
}
