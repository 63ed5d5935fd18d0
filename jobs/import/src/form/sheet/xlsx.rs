//! Spreadsheets in Office Open XML. Cells are read one by one; in memory are the different texts and the styles.

use std::io::BufReader;
use std::sync::Arc;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Style, Xlsx, XlsxError};

use super::row_writer::RowWriter;
use super::value::{CellValue, clock, serial_local_time};
use super::{SPREADSHEET, SheetSummary};
use crate::form::archive::{self, small_part};
use crate::form::error::FormError;
use crate::text_file::{TextFile, TextReader};

/// A spreadsheet in Office Open XML.
pub struct XlsxSpreadsheet {
    workbook: Xlsx<BufReader<TextReader>>,
    /// True when the program that opens the file is to calculate every formula anew: the results in it may be placeholders.
    is_provisional: bool,
}

/// How the number of a cell is shown.
#[derive(Clone, Copy, Debug, Default)]
struct ShownAs {
    percent: bool,
    time: bool,
}

impl XlsxSpreadsheet {
    /// Opens the copy of a spreadsheet.
    pub fn open(copy: &Arc<TextFile>) -> Result<Self, FormError> {
        let mut archive = archive::open(copy)?;
        let main = archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned());
        let main = main.into_iter().find(|name| name.to_lowercase().ends_with("workbook.xml")).unwrap_or_default();
        let settings = small_part(&mut archive, &main)?;
        let is_provisional = settings.contains("fullCalcOnLoad=\"1\"") || settings.contains("fullCalcOnLoad=\"true\"");
        let workbook = Xlsx::new(BufReader::new(TextReader::new(Arc::clone(copy)))).map_err(xlsx_error)?;
        Ok(Self { workbook, is_provisional })
    }

    /// The sheets with cells, in their order.
    pub fn sheets(&mut self) -> Result<Vec<SheetSummary>, FormError> {
        let sheets = self.workbook.sheets_metadata().to_vec();
        let mut summaries = Vec::new();
        for sheet in sheets.into_iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
            let mut cells = self.workbook.worksheet_cells_reader(&sheet.name).map_err(xlsx_error)?;
            let mut has_content = false;
            while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(xlsx_error)? {
                if cell.formula.is_some() || !is_blank(&cell.value) {
                    has_content = true;
                    break;
                }
            }
            let is_hidden = sheet.visible != SheetVisible::Visible;
            summaries.push(SheetSummary { name: sheet.name, is_hidden, has_content });
        }
        Ok(summaries)
    }

    /// Writes the cells of a sheet.
    pub fn write(&mut self, name: &str, writer: &mut RowWriter) -> Result<(), FormError> {
        self.note_formulas(name, writer)?;
        for range in self.workbook.merge_cells_by_sheet_name(name).map_err(xlsx_error)? {
            if range.end.0 > range.start.0 {
                writer.merged((range.start.0, range.start.1 as usize), (range.end.0, range.end.1 as usize));
            }
        }
        let is_1904 = self.workbook.has_1904_epoch();
        let mut cells = self.workbook.worksheet_cells_reader(name).map_err(xlsx_error)?;
        let shown: Vec<ShownAs> = cells.styles().iter().map(shown_as).collect();
        while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(xlsx_error)? {
            let shown = shown.get(style).copied().unwrap_or_default();
            if let Some(value) = value(cell.get_value(), shown, is_1904) {
                let (row, column) = cell.get_position();
                writer.cell(row, column as usize, value)?;
            }
        }
        Ok(())
    }

    /// Notes the formulas of a sheet whose results the file does not hold.
    fn note_formulas(&mut self, name: &str, writer: &mut RowWriter) -> Result<(), FormError> {
        let mut cells = self.workbook.worksheet_cells_reader(name).map_err(xlsx_error)?;
        while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(xlsx_error)? {
            if cell.formula.is_some() && (self.is_provisional || cell.value == DataRef::Empty) {
                writer.uncalculated(cell.pos.0, cell.pos.1 as usize);
            }
        }
        Ok(())
    }
}

fn is_blank(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => true,
        DataRef::String(text) => text.trim().is_empty(),
        DataRef::SharedString(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The value of a cell; `None` for an empty one.
fn value(data: &DataRef<'_>, shown: ShownAs, is_1904: bool) -> Option<CellValue> {
    Some(match data {
        DataRef::Empty => return None,
        DataRef::String(text) | DataRef::DurationIso(text) => CellValue::Text(text.clone()),
        DataRef::SharedString(text) => CellValue::Text((*text).to_owned()),
        #[expect(clippy::cast_precision_loss, reason = "the reader makes whole numbers of numbers of this type only")]
        DataRef::Int(number) => number_shown(*number as f64, shown),
        DataRef::Float(number) => number_shown(*number, shown),
        DataRef::Bool(value) => CellValue::Boolean(*value),
        DataRef::DateTime(time) if time.is_duration() => duration(time.as_f64()),
        DataRef::DateTime(time) => {
            let days = time.as_f64();
            serial_local_time(days, is_1904, shown.time).map_or(CellValue::Number(days), CellValue::LocalTime)
        }
        DataRef::DateTimeIso(text) => CellValue::LocalTime(text.replacen('T', " ", 1)),
        DataRef::Error(error) => CellValue::Error(error.to_string()),
    })
}

fn number_shown(number: f64, shown: ShownAs) -> CellValue {
    if shown.percent { CellValue::Percent(number) } else { CellValue::Number(number) }
}

fn duration(days: f64) -> CellValue {
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
    let seconds = (days * 86_400.0).round() as i64;
    match chrono::TimeDelta::try_seconds(seconds) {
        Some(time) => CellValue::Text(clock(time)),
        None => CellValue::Number(days),
    }
}

/// How numbers of a style are shown: by the letters of its format that are no text.
fn shown_as(style: &Style) -> ShownAs {
    let mut shown = ShownAs::default();
    let Some(format) = &style.number_format else { return shown };
    let (mut in_text, mut in_brackets, mut is_escaped) = (false, false, false);
    for letter in format.format_code.chars() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '\\' | '_' | '*' => is_escaped = true,
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            _ if in_brackets => {}
            '%' => shown.percent = true,
            'h' | 'H' | 's' | 'S' => shown.time = true,
            _ => {}
        }
    }
    shown
}

fn xlsx_error(error: XlsxError) -> FormError {
    match error {
        XlsxError::Io(error) => FormError::Read(error),
        XlsxError::Password => FormError::Encrypted(SPREADSHEET),
        error => FormError::Damaged { kind: SPREADSHEET, reason: error.to_string() },
    }
}
