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
    let text = unwrapped(text.trim());
    if is_formula_error(text) {
        let message = format!("expected a value, found {text}: the formula of this cell failed in the spreadsheet");
        return Err(InputProblem::new(ProblemCode::Invalid, field, message));
    }
    Ok(text)
}

/// What cells show whose formula failed, also once they are saved as text. `#N/A` is none of them: it says that there is
/// nothing.
const FORMULA_ERRORS: [&str; 10] =
    ["#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#GETTING_DATA"];

/// True for the error of a formula, like `#REF!` or `Err:502`.
fn is_formula_error(text: &str) -> bool {
    let number = text.strip_prefix("Err:").or_else(|| text.strip_prefix("#ERR"));
    let is_numbered =
        number.is_some_and(|number| number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()));
    FORMULA_ERRORS.contains(&text) || is_numbered
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_formula_is_no_value() {
        for text in ["#REF!", "#DIV/0!", "Err:502", " #NAME? "] {
            let record = ByteRecord::from(vec![text]);
            assert_eq!(cell(&record, 0, "score").expect_err(text).code, ProblemCode::Invalid, "{text}");
        }
        for text in ["#1", "#N/A", "Err: 502 times", "#ref", ""] {
            assert_eq!(cell(&ByteRecord::from(vec![text]), 0, "comment").expect("a value"), text);
        }
    }
}
