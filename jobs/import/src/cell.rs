//! The cells of a record: trimmed text, or the problem of other bytes.

use std::collections::BTreeMap;

use csv::ByteRecord;
use needle_rules::problem::{InputProblem, ProblemCode};

/// A cell, trimmed.
pub fn cell<'a>(record: &'a ByteRecord, at: usize, field: &str) -> Result<&'a str, InputProblem> {
    let bytes = record.get(at).unwrap_or_default();
    let text = std::str::from_utf8(bytes).map_err(|_| {
        InputProblem::new(ProblemCode::NotText, field, "expected UTF-8 text, found other bytes: save the file as UTF-8")
    })?;
    Ok(text.trim())
}

/// The cell of a field, trimmed, by the columns of the fields; empty when the file has no such column.
pub fn text<'a>(
    fields: &BTreeMap<String, usize>,
    record: &'a ByteRecord,
    field: &str,
) -> Result<&'a str, InputProblem> {
    fields.get(field).map_or(Ok(""), |at| cell(record, *at, field))
}
