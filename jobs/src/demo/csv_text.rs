//! Comma-separated text in memory. Written by hand because the `csv` crate's writer returns errors,
//! which cannot occur here and would have to be passed through all of the demo.

/// A table with RFC 4180 quoting and lines that end with a line feed.
pub(super) struct CsvText(String);

impl CsvText {
    pub(super) fn new(header: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.push(header);
        table
    }

    pub(super) fn push(&mut self, cells: &[&str]) {
        for (position, cell) in cells.iter().enumerate() {
            if position > 0 {
                self.0.push(',');
            }
            if cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
                self.0.push('"');
                self.0.push_str(&cell.replace('"', "\"\""));
                self.0.push('"');
            } else {
                self.0.push_str(cell);
            }
        }
        self.0.push('\n');
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}
