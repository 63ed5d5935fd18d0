//! Spreadsheets whose cells the test writes, in both formats.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use chrono::{NaiveDate, NaiveDateTime};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The content of a cell.
#[derive(Clone, Debug)]
pub enum SheetCell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number, as it is written in the file.
    Number(String),
    /// A number that is shown as per cent.
    Percent(f64),
    /// True or false.
    Boolean(bool),
    /// A date like `2024-03-04`, or a time like `2024-03-04T10:00:00`.
    LocalTime(String),
    /// The error of a formula.
    Error(String),
    /// A formula with the number that is its result; `None` where the file does not hold it.
    Formula(Option<f64>),
}

impl From<&str> for SheetCell {
    /// A number where it is written like one that a person would type, a date or time likewise, else a text.
    fn from(text: &str) -> Self {
        let is_date = NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
        let is_time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").is_ok();
        let is_number = text.parse::<f64>().is_ok() && (text == "0" || !text.starts_with('0'));
        match text {
            "" => Self::Empty,
            _ if is_date || is_time => Self::LocalTime(text.to_owned()),
            _ if is_number => Self::Number(text.to_owned()),
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// A spreadsheet.
#[derive(Clone, Debug, Default)]
pub struct SpreadsheetFixture {
    sheets: Vec<Sheet>,
    is_1904: bool,
    merged: Option<String>,
}

#[derive(Clone, Debug)]
struct Sheet {
    name: String,
    is_hidden: bool,
    rows: Vec<Vec<SheetCell>>,
}

impl SpreadsheetFixture {
    /// A spreadsheet of one sheet, as [`SheetCell::from`] reads each cell.
    pub fn of(name: &str, rows: &[&[&str]]) -> Self {
        Self::default().with(name, rows)
    }

    /// The same with another sheet.
    #[must_use]
    pub fn with(self, name: &str, rows: &[&[&str]]) -> Self {
        let rows = rows.iter().map(|row| row.iter().map(|cell| SheetCell::from(*cell)).collect()).collect();
        self.with_cells(name, rows)
    }

    /// The same with another sheet of these cells.
    #[must_use]
    pub fn with_cells(mut self, name: &str, rows: Vec<Vec<SheetCell>>) -> Self {
        self.sheets.push(Sheet { name: name.to_owned(), is_hidden: false, rows });
        self
    }

    /// The same with the last sheet hidden.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.is_hidden = true;
        }
        self
    }

    /// The same with days counted from 1904, as on old computers of Apple's.
    #[must_use]
    pub fn since_1904(mut self) -> Self {
        self.is_1904 = true;
        self
    }

    /// The same with these cells merged, like `A1:C1`.
    #[must_use]
    pub fn merged(mut self, range: &str) -> Self {
        self.merged = Some(range.to_owned());
        self
    }

    /// The file in Office Open XML.
    pub fn xlsx(&self) -> Vec<u8> {
        let (mut sheets, mut relations, mut parts) = (String::new(), String::new(), Vec::new());
        for (at, sheet) in (1..).zip(&self.sheets) {
            let state = if sheet.is_hidden { " state=\"hidden\"" } else { "" };
            let _ =
                write!(sheets, "<sheet name=\"{}\" sheetId=\"{at}\"{state} r:id=\"rId{at}\"/>", escaped(&sheet.name));
            let _ = write!(
                relations,
                "<Relationship Id=\"rId{at}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{at}.xml\"/>"
            );
            parts.push((format!("xl/worksheets/sheet{at}.xml"), self.worksheet(sheet)));
        }
        let epoch = if self.is_1904 { "<workbookPr date1904=\"1\"/>" } else { "" };
        let workbook = format!("<workbook {MAIN} xmlns:r=\"{RELATIONS}\">{epoch}<sheets>{sheets}</sheets></workbook>");
        let _ = write!(relations, "<Relationship Id=\"rId99\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/>");
        let styles = "<cellXfs count=\"4\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/><xf numFmtId=\"9\"/></cellXfs>";
        parts.extend([
            ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
            (
                "_rels/.rels".to_owned(),
                relationships(&format!(
                    "<Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/>"
                )),
            ),
            ("xl/workbook.xml".to_owned(), workbook),
            ("xl/_rels/workbook.xml.rels".to_owned(), relationships(&relations)),
            ("xl/styles.xml".to_owned(), format!("<styleSheet {MAIN}>{styles}</styleSheet>")),
        ]);
        archive(parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())))
    }

    fn worksheet(&self, sheet: &Sheet) -> String {
        let mut rows = String::new();
        for (number, row) in (1..).zip(&sheet.rows) {
            let cells: String =
                (b'A'..).zip(row).map(|(letter, cell)| self.xlsx_cell(char::from(letter), number, cell)).collect();
            let _ = write!(rows, "<row r=\"{number}\">{cells}</row>");
        }
        let merge = |range: &String| format!("<mergeCells count=\"1\"><mergeCell ref=\"{range}\"/></mergeCells>");
        let merged = self.merged.as_ref().map(merge).unwrap_or_default();
        format!("<worksheet {MAIN}><sheetData>{rows}</sheetData>{merged}</worksheet>")
    }

    fn xlsx_cell(&self, letter: char, row: u32, cell: &SheetCell) -> String {
        let (attributes, inner) = match cell {
            SheetCell::Empty => return String::new(),
            SheetCell::Text(text) => {
                ("t=\"inlineStr\"", format!("<is><t xml:space=\"preserve\">{}</t></is>", escaped(text)))
            }
            SheetCell::Number(number) => ("", format!("<v>{number}</v>")),
            SheetCell::Percent(number) => ("s=\"3\"", format!("<v>{number}</v>")),
            SheetCell::Boolean(value) => ("t=\"b\"", format!("<v>{}</v>", u8::from(*value))),
            SheetCell::LocalTime(text) => {
                let style = if text.contains('T') { "s=\"2\"" } else { "s=\"1\"" };
                (style, format!("<v>{}</v>", self.serial(text)))
            }
            SheetCell::Error(error) => ("t=\"e\"", format!("<v>{error}</v>")),
            SheetCell::Formula(Some(result)) => ("", format!("<f>1+1</f><v>{result}</v>")),
            SheetCell::Formula(None) => ("", "<f>1+1</f><v></v>".to_owned()),
        };
        format!("<c r=\"{letter}{row}\" {attributes}>{inner}</c>")
    }

    /// The day as the spreadsheet counts it.
    fn serial(&self, text: &str) -> f64 {
        let text = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00") };
        let moment = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S").expect("a time");
        let first = if self.is_1904 { (1904, 1, 1) } else { (1899, 12, 30) };
        let first = NaiveDate::from_ymd_opt(first.0, first.1, first.2).and_then(|day| day.and_hms_opt(0, 0, 0));
        let since = moment - first.expect("a day");
        f64::from(i32::try_from(since.num_days()).expect("days"))
            + f64::from(i32::try_from(since.num_seconds() % 86_400).expect("seconds")) / 86_400.0
    }

    /// The file in `OpenDocument`.
    pub fn ods(&self) -> Vec<u8> {
        let mut tables = String::new();
        for sheet in &self.sheets {
            let style = if sheet.is_hidden { "hidden" } else { "shown" };
            let rows: String = sheet.rows.iter().map(|row| ods_row(row)).collect();
            let _ = write!(
                tables,
                "<table:table table:name=\"{}\" table:style-name=\"{style}\"><table:table-column/>{rows}\
                 <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell \
                 table:number-columns-repeated=\"16384\"/></table:table-row></table:table>",
                escaped(&sheet.name)
            );
        }
        let style = |name: &str, shown: bool| {
            format!(
                "<style:style style:name=\"{name}\" style:family=\"table\"><style:table-properties table:display=\"{shown}\"/>\
                 </style:style>"
            )
        };
        let content = format!(
            "<office:document-content><office:automatic-styles>{}{}</office:automatic-styles><office:body><office:spreadsheet>\
             {tables}</office:spreadsheet></office:body></office:document-content>",
            style("hidden", false),
            style("shown", true)
        );
        archive([
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".as_slice()),
            ("META-INF/manifest.xml", b"<manifest:manifest/>".as_slice()),
            ("content.xml", content.as_bytes()),
        ])
    }
}

const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn relationships(relations: &str) -> String {
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{relations}</Relationships>"
    )
}

fn ods_row(row: &[SheetCell]) -> String {
    let cells: String = row.iter().map(ods_cell).collect();
    format!("<table:table-row>{cells}</table:table-row>")
}

fn ods_cell(cell: &SheetCell) -> String {
    let (attributes, shown) = match cell {
        SheetCell::Empty => return "<table:table-cell/>".to_owned(),
        SheetCell::Text(text) => ("office:value-type=\"string\"".to_owned(), escaped(text)),
        SheetCell::Number(number) => (format!("office:value-type=\"float\" office:value=\"{number}\""), number.clone()),
        SheetCell::Percent(number) => {
            (format!("office:value-type=\"percentage\" office:value=\"{number}\""), String::new())
        }
        SheetCell::Boolean(value) => {
            (format!("office:value-type=\"boolean\" office:boolean-value=\"{value}\""), value.to_string())
        }
        SheetCell::LocalTime(text) => (format!("office:value-type=\"date\" office:date-value=\"{text}\""), text.clone()),
        SheetCell::Error(error) => (
            "table:formula=\"of:=1/0\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\""
                .to_owned(),
            error.clone(),
        ),
        SheetCell::Formula(Some(result)) => {
            (format!("table:formula=\"of:=1+1\" office:value-type=\"float\" office:value=\"{result}\""), String::new())
        }
        SheetCell::Formula(None) => ("table:formula=\"of:=1+1\"".to_owned(), String::new()),
    };
    let paragraphs = shown.replace('\n', "</text:p><text:p>");
    format!("<table:table-cell {attributes}><text:p>{paragraphs}</text:p></table:table-cell>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A zip archive of files.
pub fn archive<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name, SimpleFileOptions::default()).expect("a part");
        archive.write_all(bytes).expect("a part");
    }
    archive.finish().expect("an archive").into_inner()
}
