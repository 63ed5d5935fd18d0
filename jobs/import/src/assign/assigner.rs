//! The columns of a file on their way to what they become: what is decided so far, and the ways to decide more.

use std::collections::{BTreeMap, HashSet};

use super::field::ImportField;
use super::{ColumnAssignment, ColumnMapping, ColumnRole, MissingField};
use crate::column_profile::ColumnProfile;
use crate::format::{FileFormat, FormatDescription, NameTiers};
use crate::heading::attribute_name;

/// The columns of a file on their way to what they become.
pub struct ColumnAssigner<'a> {
    /// The tool's description.
    pub description: &'static FormatDescription,
    /// The columns.
    pub columns: &'a [ColumnProfile],
    /// What else is known.
    pub mapping: ColumnMapping<'a>,
    /// What is decided so far.
    pub assigned: ColumnAssignment,
}

impl ColumnAssigner<'_> {
    pub(super) fn map(&mut self, map: &BTreeMap<String, String>) -> Result<(), String> {
        for (field, name) in map {
            let Some(at) = self.columns.iter().position(|column| column.heading.is(name)) else {
                return Err(format!("--map {field}={name}: the file has no such column"));
            };
            if self.assigned.roles[at].is_some() {
                return Err(format!("--map {field}={name}: this column is mapped already; a column becomes one thing"));
            }
            let named = ImportField::ALL.into_iter().find(|known| known.name() == field);
            if named == Some(ImportField::Customer) {
                self.assigned.customers.push(at);
            }
            self.assigned.roles[at] = Some(match named {
                Some(field) => ColumnRole::Field(field),
                None => ColumnRole::Attribute(attribute_name(field, &mut HashSet::new())),
            });
        }
        Ok(())
    }

    /// True while nothing is decided for a column.
    pub(super) fn is_free(&self, at: usize) -> bool {
        self.assigned.roles[at].is_none()
    }

    /// The columns for which nothing is decided.
    pub fn free(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.columns.len()).filter(|at| self.is_free(*at))
    }

    /// True when a column is this field.
    pub fn has(&self, field: ImportField) -> bool {
        self.assigned.column_of(field).is_some()
    }

    /// Decides that a column is this field.
    pub fn set(&mut self, at: usize, field: ImportField) {
        self.assigned.roles[at] = Some(ColumnRole::Field(field));
    }

    /// Notes that a field is missing.
    pub fn add_missing(&mut self, field: ImportField, what: impl Into<String>, candidates: Vec<usize>) {
        self.assigned.missing.push(MissingField { field, reason: what.into(), candidates, is_contradicted: false });
    }

    /// The free columns with one of these keys, in the order of the keys.
    pub fn named(&self, keys: &[&str]) -> Vec<usize> {
        keys.iter().flat_map(|key| self.free().filter(move |at| self.columns[*at].heading.key == *key)).collect()
    }

    /// Takes the first column that a tool's description names and that fits.
    pub fn pick(&mut self, field: ImportField, tiers: NameTiers, fits: impl Fn(&ColumnProfile) -> bool) {
        if self.has(field) {
            return;
        }
        for tier in tiers {
            let found: Vec<usize> = self.named(tier).into_iter().filter(|at| fits(&self.columns[*at])).collect();
            match found[..] {
                [] => {}
                // A tool's own description tells which comes first; names of unknown tools do not.
                [_, _, ..] if self.description.format == FileFormat::Generic => {
                    return self.add_missing(field, "more than one column could be it", found);
                }
                [at, ..] => return self.set(at, field),
            }
        }
    }

    /// The id of an answer; a tool with more than one kind of id may leave the better one empty.
    pub(super) fn ids(&mut self) {
        self.pick(ImportField::ResponseId, self.description.ids, |_| true);
        if self.description.repeats {
            self.assigned.fallback_ids = self.description.ids.iter().flat_map(|tier| self.named(tier)).collect();
        }
    }
}
