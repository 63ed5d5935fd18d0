//! What only the whole file shows, told at its end: rows that name nobody, decisions that met no row, and words that say how a
//! response ended in columns whose first records gave no hint of it.

use std::collections::BTreeMap;

use csv::ByteRecord;
use needle_rules::record::is_nobody;
use needle_rules::wording::counted;

use crate::assign::{StateColumn, may_decide, state_column};
use crate::column_profile;
use crate::columns::ColumnLayout;
use crate::heading::{HeaderRows, cell, headings, key};
use crate::options::{FileKind, ImportOptions};
use crate::row_filter::{RowFilter, value_of};
use crate::row_rule::option;

/// A column with more values than these holds something else.
const VALUES_LIMIT: usize = 50;

/// Counts over the records of a file, in bounded memory.
pub struct RowTally<'a> {
    columns: &'a ColumnLayout,
    /// How many rows have a placeholder where their customer is named.
    nobody: u64,
    /// The first placeholder.
    placeholder: Option<String>,
    /// Values that a decision names and no record has had so far, each with the column.
    unmet: Vec<(usize, String)>,
    watched: Vec<WatchedColumn>,
}

/// An attribute whose name is one of columns that say how a response ended.
struct WatchedColumn {
    at: usize,
    name: String,
    /// How many rows have each value; `None` once there are too many values.
    values: Option<BTreeMap<String, u64>>,
}

impl<'a> RowTally<'a> {
    /// A tally of the records of a file with this header.
    pub fn of(columns: &'a ColumnLayout, header: &[String]) -> Self {
        let decided = |filter: &'a RowFilter| filter.decided.keys().map(|value| (filter.at, value.clone()));
        let is_ruled = |at: usize| columns.rules.iter().any(|filter| filter.at == at);
        let watch = |at: usize| {
            let name = header.get(at).filter(|name| may_decide(&key(name)) && !is_ruled(at))?;
            Some(WatchedColumn { at, name: name.clone(), values: Some(BTreeMap::new()) })
        };
        let is_responses = columns.kind == FileKind::Responses;
        let attributes = columns.attributes.iter().filter(|_| is_responses);
        Self {
            columns,
            nobody: 0,
            placeholder: None,
            unmet: columns.rules.iter().flat_map(decided).collect(),
            watched: attributes.filter_map(|(_, at)| watch(*at)).collect(),
        }
    }

    /// Counts one record.
    pub fn note(&mut self, record: &ByteRecord) {
        if self.columns.kind == FileKind::Responses
            && let Some(placeholder) = self.placeholder_of(record)
        {
            self.nobody += 1;
            self.placeholder.get_or_insert(placeholder);
        }
        self.unmet.retain(|(at, value)| value_of(&cell(record, *at)) != *value);
        for column in &mut self.watched {
            let Some(values) = &mut column.values else { continue };
            let text = cell(record, column.at);
            if !text.is_empty() {
                *values.entry(text).or_default() += 1;
            }
            if values.len() > VALUES_LIMIT {
                column.values = None;
            }
        }
    }

    /// What stands where the customer is named, if that is nobody.
    fn placeholder_of(&self, record: &ByteRecord) -> Option<String> {
        let own = ["customer_id", "email"].into_iter().filter_map(|field| self.columns.fields.get(field));
        let foreign = self.columns.foreign.iter().flat_map(|foreign| &foreign.customers);
        let mut found = None;
        for at in own.chain(foreign) {
            let bytes = record.get(*at).unwrap_or_default().trim_ascii();
            if bytes.is_empty() {
                continue;
            }
            let text = cell(record, *at);
            if !is_nobody(&text) {
                return None;
            }
            found.get_or_insert(text);
        }
        found
    }

    /// What to say at the end of the file, apart from what its plan says.
    pub fn notes(self, options: &ImportOptions, planned: &[String]) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(placeholder) = &self.placeholder {
            let rows = counted(self.nobody, "row names", "rows name");
            notes.push(format!("{rows} nobody, such as \"{placeholder}\": their responses belong to no customer"));
        }
        for (at, value) in &self.unmet {
            let filter = self.columns.rules.iter().find(|filter| filter.at == *at);
            let decision = options.decisions.iter().find(|decision| value_of(&decision.value) == *value);
            if let (Some(filter), Some(decision)) = (filter, decision) {
                let flag = if decision.counts { "--count" } else { "--reject" };
                let decision = option(flag, &filter.name, &decision.value);
                notes.push(format!("{decision}: no row has this value in \"{}\"", filter.name));
            }
        }
        for column in &self.watched {
            let is_known = |note: &String| note.starts_with(&format!("\"{}\" is an attribute", column.name));
            let is_mapped = options.columns.values().any(|mapped| *mapped == column.name);
            if !is_mapped && !planned.iter().any(is_known) {
                notes.extend(column.notes());
            }
        }
        notes
    }
}

impl WatchedColumn {
    /// The values by which rows would be left out if the column decided which count.
    fn notes(&self) -> Vec<String> {
        let Some(values) = &self.values else { return Vec::new() };
        let records: Vec<ByteRecord> = values.keys().map(|value| ByteRecord::from(vec![value.as_str()])).collect();
        let header = [self.name.clone()];
        let profiles = column_profile::columns(headings(&header, None, HeaderRows::Plain), &records);
        let Some(StateColumn::Rule(rule)) = profiles.first().and_then(state_column) else { return Vec::new() };
        let is_refused = |value: &str| rule.understands(value) && rule.check(&self.name, value).is_err();
        let refused = values.iter().filter(|(value, _)| is_refused(value));
        let note = |(value, rows): (&String, &u64)| {
            format!(
                "\"{}\" is an attribute, and {} with \"{value}\" in it: {} leaves them out",
                self.name,
                counted(*rows, "row counts", "rows count"),
                option("--reject", &self.name, value)
            )
        };
        refused.map(note).collect()
    }
}
