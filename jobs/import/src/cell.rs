//! The cells of a record: trimmed text, or the problem that they are not UTF-8.

use std::collections::BTreeMap;

use csv::ByteRecord;
use needle_rules::problem::{InputProblem, ProblemCode};

/// A cell, trimmed; a problem of `field` when it is not UTF-8.
pub fn cell<'a>(record: &'a ByteRecord, at: usize, field: &str) -> Result<&'a str, InputProblem> {
    let bytes = record.get(at).unwrap_or_default();
    let text = std::str::from_utf8(bytes).map_err(|_| {
        InputProblem::new(ProblemCode::NotText, field, "expected UTF-8 text, found other bytes: save the file as UTF-8")
    })?;
    Ok(unwrapped(text.trim()))
}

/// The text of a cell like `="007"`, by which spreadsheets keep a text as it is.
pub fn unwrapped(text: &str) -> &str {
    text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// The trimmed cell of a field, by the columns in `fields`; empty when the file has no such column.
pub fn text<'a>(
    fields: &BTreeMap<String, usize>,
    record: &'a ByteRecord,
    field: &str,
) -> Result<&'a str, InputProblem> {
    fields.get(field).map_or(Ok(""), |at| cell(record, *at, field))
}
