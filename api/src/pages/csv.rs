//! Tables to download as CSV, with no cell that a spreadsheet program would run as a formula.

use axum::body::Body;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, Response, StatusCode};
use chrono::NaiveDate;

use super::reply::text_reply;

/// First characters that make a spreadsheet program take a cell for a formula (OWASP, "CSV Injection"), also in the full
/// width of East Asian texts and as a minus sign.
const FORMULA_STARTS: [char; 9] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}'];

#[derive(Clone, Debug, PartialEq)]
pub enum CsvCell {
    Text(String),
    Number(f64),
    Count(u64),
    Day(NaiveDate),
    Empty,
}

impl From<&str> for CsvCell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for CsvCell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for CsvCell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for CsvCell {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl<T: Into<Self>> From<Option<T>> for CsvCell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl CsvCell {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => quoted(&without_formula(text)),
            Self::Number(number) if number.is_finite() => number.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Number(_) | Self::Empty => String::new(),
        }
    }
}

/// The text, behind an apostrophe if it could be a formula: spreadsheet programs then show it as text.
fn without_formula(text: &str) -> String {
    // Programs skip what cannot be seen, and a tab or a line break in front is an attack of its own.
    let is_invisible =
        |letter: char| letter.is_whitespace() || letter.is_control() || "\u{200b}\u{feff}\"'".contains(letter);
    let begins = text.trim_start_matches(is_invisible).starts_with(FORMULA_STARTS);
    let is_control = text.starts_with(char::is_control);
    if begins || is_control { format!("'{text}") } else { text.to_owned() }
}

/// A text as RFC 4180 quotes it.
fn quoted(text: &str) -> String {
    let needs_quotes = text.contains(['"', ',', ';', '\n', '\r']) || text != text.trim();
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// A table with the names of its columns.
#[derive(Clone, Debug)]
pub struct CsvTable {
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<CsvCell>>,
}

impl CsvTable {
    fn text(&self) -> String {
        let mut text = self.columns.join(",");
        text.push_str("\r\n");
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(CsvCell::text).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        text
    }

    /// The table as a file to download. Excel reads it as UTF-8 because of the byte order mark in front.
    pub fn download(&self, name: &str) -> Response<Body> {
        let text = format!("\u{feff}{}", self.text());
        let mut reply = text_reply(StatusCode::OK, "text/csv; charset=utf-8", text);
        let disposition = HeaderValue::try_from(format!("attachment; filename=\"needle-{name}.csv\""));
        if let Ok(disposition) = disposition {
            reply.headers_mut().insert(CONTENT_DISPOSITION, disposition);
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}SUM(A1)", "'\u{ff20}SUM(A1)"),
            ("\n=1", "\"'\n=1\""),
            ("\u{200b} =1", "'\u{200b} =1"),
            ("\u{2212}5", "'\u{2212}5"),
            ("a,b", "\"a,b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(CsvCell::from(text).text(), cell, "{text:?}");
        }
        assert_eq!(CsvCell::from(-13.5).text(), "-13.5");
        assert_eq!(CsvCell::from(None::<f64>).text(), "");
        assert_eq!(CsvCell::from(f64::NAN).text(), "");
        let table = CsvTable { columns: &["a", "b"], rows: vec![vec![CsvCell::from("x\ny"), CsvCell::from(7_u64)]] };
        assert_eq!(table.text(), "a,b\r\n\"x\ny\",7\r\n");
    }
}
