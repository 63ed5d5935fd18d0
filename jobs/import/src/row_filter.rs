//! Which rows of a file are imported: a column's own rule, and what the person who imports decides about its values.

use std::collections::BTreeMap;

use csv::ByteRecord;
use needle_rules::problem::{InputProblem, ProblemCode};

use crate::cell::cell;
use crate::error::ImportError;
use crate::heading::quoted;
use crate::options::RowDecision;
use crate::response_state::state_of;
use crate::row_rule::{RowRule, option};

/// One column that decides which rows are imported.
#[derive(Clone, Debug)]
pub struct RowFilter {
    /// The position of the column.
    pub at: usize,
    /// The name of the column.
    pub name: String,
    /// The rule of its values; `None` where only decisions count.
    pub rule: Option<RowRule>,
    /// Whether rows count, by value as [`value_of`] writes it.
    pub decided: BTreeMap<String, bool>,
}

impl RowFilter {
    /// Rejects a record that does not count.
    pub fn check(&self, record: &ByteRecord) -> Result<(), InputProblem> {
        let text = cell(record, self.at, &self.name)?;
        match (self.decided.get(&value_of(text)), self.rule) {
            (Some(true), _) | (None, None) => Ok(()),
            (Some(false), _) => {
                let code = state_of(text).and_then(|state| state.rejected).unwrap_or(ProblemCode::Disqualified);
                let message = format!("left out by {}", option("--reject", &self.name, text));
                Err(InputProblem::new(code, self.name.as_str(), message))
            }
            (None, Some(rule)) => rule.check(&self.name, text),
        }
    }
}

/// A value as decisions are compared: in lower case, with single spaces.
pub fn value_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The decisions about one column, by value; the error is a value that is decided both ways.
pub fn decided<'a>(
    decisions: &'a [RowDecision],
    is_column: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, bool>, String> {
    let mut by_value = BTreeMap::new();
    for decision in decisions.iter().filter(|decision: &&'a RowDecision| is_column(&decision.column)) {
        if by_value.insert(value_of(&decision.value), decision.counts) == Some(!decision.counts) {
            let RowDecision { column, value, .. } = decision;
            return Err(format!("--count and --reject both name {column}={value}: rows count or they do not"));
        }
    }
    Ok(by_value)
}

/// The option of a decision whose column the file lacks, as an error; nothing when there is none.
pub fn check_columns(decisions: &[RowDecision], has: impl Fn(&str) -> bool) -> Result<(), String> {
    match decisions.iter().find(|decision| !has(&decision.column)) {
        Some(RowDecision { column, value, counts }) => {
            let flag = if *counts { "--count" } else { "--reject" };
            Err(format!("{flag} {column}={value}: the file has no such column"))
        }
        None => Ok(()),
    }
}

/// The filters of one of the product's own files, where every further column is an attribute: decisions only.
pub fn of_own(header: &[String], decisions: &[RowDecision]) -> Result<Vec<RowFilter>, ImportError> {
    let refused = |message| ImportError::Header(format!("{message}; its columns are {}", quoted(header)));
    check_columns(decisions, |column| header.iter().any(|name| name == column)).map_err(refused)?;
    let mut filters = Vec::new();
    for (at, name) in header.iter().enumerate() {
        let decided = decided(decisions, |column| column == name).map_err(ImportError::Header)?;
        if !decided.is_empty() {
            filters.push(RowFilter { at, name: name.clone(), rule: None, decided });
        }
    }
    Ok(filters)
}
