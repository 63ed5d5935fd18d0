//! Assigns roles to the columns of a file: the roles decided so far, and the operations that decide more.

use std::collections::{BTreeMap, HashSet};

use super::field::ImportField;
use super::{ColumnAssignment, ColumnMapping, ColumnRole, MissingField};
use crate::column_profile::ColumnProfile;
use crate::format::{FileFormat, FormatDescription, NameTiers};
use crate::heading::attribute_name;

/// The columns of a file while their roles are being decided.
pub struct ColumnAssigner<'a> {
    /// The description of the tool.
    pub description: &'static FormatDescription,
    /// The profiled columns, in the order of the file.
    pub columns: &'a [ColumnProfile],
    /// The user's mapping and the sample.
    pub mapping: ColumnMapping<'a>,
    /// The roles decided so far.
    pub assigned: ColumnAssignment,
}

impl ColumnAssigner<'_> {
    pub(super) fn map(&mut self, map: &BTreeMap<String, String>) -> Result<(), String> {
        for (field, name) in map {
            let Some(at) = self.columns.iter().position(|column| column.heading.is(name)) else {
                return Err(format!("--map {field}={name}: the file has no such column"));
            };
            if self.assigned.roles[at].is_some() {
                return Err(format!("--map {field}={name}: this column is mapped already; a column has one role"));
            }
            let named = ImportField::ALL.into_iter().find(|candidate| candidate.name() == field);
            if named == Some(ImportField::Customer) {
                self.assigned.customers.push(at);
            }
            self.assigned.roles[at] = Some(match named {
                Some(field) => ColumnRole::Field(field),
                None => ColumnRole::Attribute(attribute_name(field, &mut HashSet::new())),
            });
        }
        for name in self.mapping.further_scores {
            let found = self.columns.iter().position(|column| column.heading.is(name)).filter(|at| self.is_free(*at));
            let at = found
                .ok_or_else(|| format!("--map score={name}: the file has no such column, or it is mapped already"))?;
            self.assigned.roles[at] = Some(ColumnRole::FurtherScore);
            self.assigned.further_scores.push(at);
        }
        Ok(())
    }

    /// True while a column has no role.
    pub(super) fn is_free(&self, at: usize) -> bool {
        self.assigned.roles[at].is_none()
    }

    /// The columns without a role.
    pub fn free(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.columns.len()).filter(|at| self.is_free(*at))
    }

    /// True when some column has this field.
    pub fn has(&self, field: ImportField) -> bool {
        self.assigned.column_of(field).is_some()
    }

    /// Gives a column the role of this field.
    pub fn set(&mut self, at: usize, field: ImportField) {
        self.assigned.roles[at] = Some(ColumnRole::Field(field));
    }

    /// Records that a field is missing, with the reason and the columns it could be.
    pub fn add_missing(&mut self, field: ImportField, reason: impl Into<String>, candidates: Vec<usize>) {
        self.assigned.missing.push(MissingField { field, reason: reason.into(), candidates, is_contradicted: false });
    }

    /// The free columns with one of these keys, in the order of the keys.
    pub fn named(&self, keys: &[&str]) -> Vec<usize> {
        keys.iter().flat_map(|key| self.free().filter(move |at| self.columns[*at].heading.key == *key)).collect()
    }

    /// Assigns the first free column that a tool's description names and that fits.
    pub fn pick(&mut self, field: ImportField, tiers: NameTiers, fits: impl Fn(&ColumnProfile) -> bool) {
        if self.has(field) {
            return;
        }
        for tier in tiers {
            let found: Vec<usize> = self.named(tier).into_iter().filter(|at| fits(&self.columns[*at])).collect();
            match found[..] {
                [] => {}
                // A tool's own description defines which column comes first; the names of unknown tools do not.
                [_, _, ..] if self.description.format == FileFormat::Generic => {
                    return self.add_missing(field, "more than one column could be it", found);
                }
                [at, ..] => return self.set(at, field),
            }
        }
    }

    /// A respondent who is asked again has one id and several responses: an id that repeats is that of the customer.
    fn repeated_respondents(&mut self) {
        const RESPONDENTS: [&str; 4] = ["respondentid", "respondent", "participantid", "personid"];
        if self.description.format != FileFormat::Generic || self.has(ImportField::ResponseId) {
            return;
        }
        for at in self.named(&RESPONDENTS) {
            let values = &self.columns[at].values;
            let distinct: HashSet<&String> = values.iter().collect();
            if distinct.len() < values.len() {
                self.set(at, ImportField::Customer);
                self.assigned.customers.push(at);
                let name = &self.columns[at].heading.column;
                self.assigned
                    .notes
                    .push(format!("\"{name}\" repeats: it is taken for the customer, not for the response"));
            }
        }
    }

    /// Finds the id of a response; a tool with several kinds of id may leave the preferred one empty.
    pub(super) fn ids(&mut self) {
        self.repeated_respondents();
        self.pick(ImportField::ResponseId, self.description.ids, |_| true);
        if self.description.repeats {
            self.assigned.fallback_ids = self.description.ids.iter().flat_map(|tier| self.named(tier)).collect();
        }
    }
}
