//! Spreadsheets in `OpenDocument`: cells are read one by one from the part `content.xml`.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::Arc;

use chrono::TimeDelta;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::row_writer::RowWriter;
use super::value::{CellValue, clock};
use super::{SPREADSHEET, SheetSummary};
use crate::form::archive;
use crate::form::error::FormError;
use crate::text_file::TextFile;

/// A spreadsheet in `OpenDocument`.
pub struct OdsSpreadsheet {
    copy: Arc<TextFile>,
}

/// What is met in the order of the file.
enum OdsItem<'a> {
    /// A sheet begins.
    Sheet { name: &'a str, is_hidden: bool },
    /// A cell of the sheet that began last; row and column from 0.
    Cell { row: u32, column: usize, content: CellContent },
    /// A cell that stands for several rows.
    Merged { row: u32, column: usize, rows: u32 },
}

/// The content of a cell.
#[derive(Clone)]
enum CellContent {
    Value(CellValue),
    /// A formula without a result.
    Uncalculated,
}

impl OdsSpreadsheet {
    /// The spreadsheet in a copy.
    pub fn new(copy: &Arc<TextFile>) -> Self {
        Self { copy: Arc::clone(copy) }
    }

    /// The sheets, in their order.
    pub fn sheets(&self) -> Result<Vec<SheetSummary>, FormError> {
        let mut sheets: Vec<SheetSummary> = Vec::new();
        self.walk(&mut |item| {
            match item {
                OdsItem::Sheet { name, is_hidden } => {
                    sheets.push(SheetSummary { name: name.to_owned(), is_hidden, has_content: false });
                }
                OdsItem::Cell { .. } => {
                    if let Some(sheet) = sheets.last_mut() {
                        sheet.has_content = true;
                    }
                }
                OdsItem::Merged { .. } => {}
            }
            Ok(())
        })?;
        Ok(sheets)
    }

    /// Writes the cells of a sheet.
    pub fn write(&self, wanted: &str, writer: &mut RowWriter) -> Result<(), FormError> {
        let mut is_wanted = false;
        self.walk(&mut |item| {
            match item {
                OdsItem::Sheet { name, .. } => is_wanted = name == wanted,
                OdsItem::Cell { row, column, content: CellContent::Value(value) } if is_wanted => {
                    writer.cell(row, column, value)?;
                }
                OdsItem::Cell { row, column, .. } if is_wanted => writer.uncalculated(row, column),
                OdsItem::Merged { row, column, rows } if is_wanted => {
                    writer.merged((row, column), (row + rows - 1, column));
                }
                OdsItem::Cell { .. } | OdsItem::Merged { .. } => {}
            }
            Ok(())
        })
    }

    /// Passes every sheet and cell to `on_item`.
    fn walk(&self, on_item: &mut dyn FnMut(OdsItem<'_>) -> Result<(), FormError>) -> Result<(), FormError> {
        let mut archive = archive::open(&self.copy)?;
        let part = archive.by_name("content.xml").map_err(damaged)?;
        let mut xml = Reader::from_reader(BufReader::new(part));
        xml.config_mut().expand_empty_elements = true;
        let (mut buffer, mut hidden, mut style) = (Vec::new(), BTreeMap::new(), String::new());
        let mut row = 0;
        loop {
            buffer.clear();
            match xml.read_event_into(&mut buffer).map_err(damaged)? {
                Event::Start(element) => match element.name().0 {
                    "style:style" => style = attribute(&element, "style:name")?.unwrap_or_default(),
                    "style:table-properties" => {
                        let is_hidden = attribute(&element, "table:display")?.as_deref() == Some("false");
                        hidden.insert(style.clone(), is_hidden);
                    }
                    "table:table" => {
                        let name = attribute(&element, "table:name")?.unwrap_or_default();
                        let style = attribute(&element, "table:style-name")?.unwrap_or_default();
                        let is_hidden = hidden.get(&style).copied().unwrap_or_default();
                        on_item(OdsItem::Sheet { name: &name, is_hidden })?;
                        row = 0;
                    }
                    "table:table-row" => {
                        let repeated = count(&element, "table:number-rows-repeated")?;
                        let mut cells = OdsRow::default();
                        cells.read(&mut xml)?;
                        cells.pass(row, repeated, on_item)?;
                        row = row.saturating_add(repeated);
                    }
                    // Changes that were recorded, and what is drawn on a sheet, are no cells of it.
                    "table:tracked-changes" | "table:shapes" | "office:scripts" => skip(&mut xml, &element)?,
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

/// The cells of one row that hold something.
#[derive(Default)]
struct OdsRow {
    /// First column, how many columns have the same content, and the content.
    cells: Vec<(usize, usize, CellContent)>,
    /// Cells that stand for several rows.
    merged: Vec<(usize, u32)>,
}

impl OdsRow {
    fn read<R: Read>(&mut self, xml: &mut Reader<BufReader<R>>) -> Result<(), FormError> {
        let (mut buffer, mut column) = (Vec::new(), 0_usize);
        loop {
            buffer.clear();
            match xml.read_event_into(&mut buffer).map_err(damaged)? {
                Event::Start(element) if element.name().0 == "table:table-cell" => {
                    let repeated = count(&element, "table:number-columns-repeated")? as usize;
                    let rows = count(&element, "table:number-rows-spanned")?;
                    let content = content(xml, &element)?;
                    if let Some(content) = content {
                        if rows > 1 {
                            self.merged.push((column, rows));
                        }
                        self.cells.push((column, repeated, content));
                    }
                    column = column.saturating_add(repeated);
                }
                Event::Start(element) if element.name().0 == "table:covered-table-cell" => {
                    column = column.saturating_add(count(&element, "table:number-columns-repeated")? as usize);
                    skip(xml, &element)?;
                }
                Event::End(element) if element.name().0 == "table:table-row" => return Ok(()),
                Event::Eof => return Err(damaged("a row without its end")),
                _ => {}
            }
        }
    }

    /// Passes the cells on, once for each row that is like this one.
    fn pass(
        &self,
        first: u32,
        repeated: u32,
        on_item: &mut dyn FnMut(OdsItem<'_>) -> Result<(), FormError>,
    ) -> Result<(), FormError> {
        if self.cells.is_empty() {
            return Ok(());
        }
        for row in first..first.saturating_add(repeated) {
            for (column, columns, content) in &self.cells {
                for column in *column..column.saturating_add(*columns) {
                    on_item(OdsItem::Cell { row, column, content: content.clone() })?;
                }
            }
        }
        for (column, rows) in &self.merged {
            on_item(OdsItem::Merged { row: first, column: *column, rows: *rows })?;
        }
        Ok(())
    }
}

/// The content of a cell, which is read to its end; `None` for an empty one.
fn content<R: Read>(xml: &mut Reader<BufReader<R>>, cell: &BytesStart<'_>) -> Result<Option<CellContent>, FormError> {
    let kind = attribute(cell, "office:value-type")?.unwrap_or_default();
    let is_error = attribute(cell, "calcext:value-type")?.as_deref() == Some("error");
    let has_formula = cell.try_get_attribute("table:formula").map_err(damaged)?.is_some();
    let shown = shown_text(xml)?;
    if is_error {
        return Ok(Some(CellContent::Value(CellValue::Error(shown))));
    }
    let stated = |name: &str| attribute(cell, name);
    let number =
        || -> Result<Option<f64>, FormError> { Ok(stated("office:value")?.and_then(|text| text.trim().parse().ok())) };
    let value = match kind.as_str() {
        "float" | "currency" => number()?.map(CellValue::Number),
        "percentage" => number()?.map(CellValue::Percent),
        "boolean" => stated("office:boolean-value")?.map(|text| CellValue::Boolean(text == "true")),
        "date" => stated("office:date-value")?.map(|text| CellValue::LocalTime(text.replacen('T', " ", 1))),
        "time" => stated("office:time-value")?.map(|text| CellValue::LocalTime(time_of_day(&text).unwrap_or(text))),
        "string" => Some(CellValue::Text(stated("office:string-value")?.unwrap_or(shown))),
        _ if has_formula => return Ok(Some(CellContent::Uncalculated)),
        _ => Some(CellValue::Text(shown)),
    };
    let is_blank = |value: &CellValue| matches!(value, CellValue::Text(text) if text.trim().is_empty());
    match value {
        Some(value) if is_blank(&value) => Ok(None),
        Some(value) => Ok(Some(CellContent::Value(value))),
        None => Err(damaged(format!("a cell of the type \"{kind}\" without a value"))),
    }
}

/// The text that a cell shows: its paragraphs, without annotations and drawings. Reads to the end of the cell.
fn shown_text<R: Read>(xml: &mut Reader<BufReader<R>>) -> Result<String, FormError> {
    let (mut buffer, mut text, mut paragraphs) = (Vec::new(), String::new(), 0);
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(element) => match element.name().0 {
                "text:p" | "text:h" => {
                    if paragraphs > 0 {
                        text.push('\n');
                    }
                    paragraphs += 1;
                }
                "text:s" => {
                    let spaces = count(&element, "text:c")?.min(1_000);
                    (0..spaces).for_each(|_| text.push(' '));
                }
                "text:tab" => text.push('\t'),
                "text:line-break" => text.push('\n'),
                "office:annotation" | "text:ruby-text" => skip(xml, &element)?,
                name if name.starts_with("draw:") || name.starts_with("table:") => skip(xml, &element)?,
                _ => {}
            },
            // Between paragraphs there is only the form of the file.
            Event::Text(part) if paragraphs > 0 => text.push_str(&part.xml10_content()),
            Event::CData(part) if paragraphs > 0 => text.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => match name.resolve_char_ref().map_err(damaged)? {
                Some(letter) => text.push(letter),
                None => text.push_str(quick_xml::escape::resolve_xml_entity(&name).unwrap_or_default()),
            },
            Event::End(element) if element.name().0 == "table:table-cell" => return Ok(text),
            Event::Eof => return Err(damaged("a cell without its end")),
            _ => {}
        }
    }
}

/// A duration like `PT09H30M00S` as a time of day.
fn time_of_day(text: &str) -> Option<String> {
    let rest = text.strip_prefix("PT")?;
    let (hours, rest) = rest.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds: f64 = rest.strip_suffix('S')?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
    let seconds = hours.parse::<i64>().ok()?.checked_mul(3_600)? + minutes.parse::<i64>().ok()? * 60 + seconds as i64;
    TimeDelta::try_seconds(seconds).map(clock)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, FormError> {
    let Some(attribute) = element.try_get_attribute(name).map_err(damaged)? else { return Ok(None) };
    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(damaged)?;
    Ok(Some(value.into_owned()))
}

/// How often something is repeated: once, unless an attribute says more.
fn count(element: &BytesStart<'_>, name: &str) -> Result<u32, FormError> {
    Ok(attribute(element, name)?.and_then(|text| text.trim().parse().ok()).unwrap_or(1).max(1))
}

/// Reads to the end of an element.
fn skip<R: Read>(xml: &mut Reader<BufReader<R>>, element: &BytesStart<'_>) -> Result<(), FormError> {
    xml.read_to_end_into(element.to_end().name(), &mut Vec::new()).map_err(damaged)?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it takes the place of the error")]
fn damaged(error: impl ToString) -> FormError {
    FormError::Damaged { kind: SPREADSHEET, reason: error.to_string() }
}
