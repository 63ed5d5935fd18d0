//! The fields that are missing, and the columns they could be read from.

use super::assigner::ColumnAssigner;
use super::field::ImportField;
use super::{ColumnRole, MissingField};
use crate::date;

impl ColumnAssigner<'_> {
    /// Adds the fields that are missing and without which no row can be read.
    pub(super) fn find_missing(&mut self) {
        let has_customer = !self.assigned.customers.is_empty() || self.has(ImportField::Email);
        let is_missing = |missing: &[MissingField], field| {
            missing.iter().any(|missing_field: &MissingField| missing_field.field == field)
        };
        if !self.has(ImportField::ResponseId) && !is_missing(&self.assigned.missing, ImportField::ResponseId) {
            self.assigned.digest = self.description.digest && has_customer;
            if !self.assigned.digest {
                let distinct = |at: &usize| {
                    let column = &self.columns[*at];
                    column.is_distinct && !column.holds_dates() && !column.holds_scores() && !column.holds_sentences()
                };
                let candidates = self.free().filter(distinct).collect();
                self.add_missing(
                    ImportField::ResponseId,
                    "no column is the id of a response; without one the file could not be imported again",
                    candidates,
                );
            }
        }
        let has_time = self.has(ImportField::RespondedAt) || self.mapping.responded_at.is_some();
        if !has_time && !is_missing(&self.assigned.missing, ImportField::RespondedAt) {
            let free_or_dropped = |at: &usize| {
                matches!(self.assigned.roles[*at], None | Some(ColumnRole::Dropped(_)))
                    && self.columns[*at].holds_dates()
            };
            let candidates = (0..self.columns.len()).filter(free_or_dropped).collect();
            let unreadable = self.description.times.iter().flat_map(|tier| self.named(tier)).find_map(|at| {
                let column = &self.columns[at];
                let unread = column.values.iter().find(|value| date::parse(value).is_none());
                Some((&column.heading.column, unread?))
            });
            let reason = match (unreadable, self.mapping.date_format) {
                (Some((name, value)), None) if date::contradicts_its_weekday(value) => {
                    format!("\"{name}\" contains \"{value}\", whose weekday is that of another day")
                }
                (Some((name, value)), None) => {
                    format!(
                        "\"{name}\" contains \"{value}\", which is no known form of a time: state it with --date-format"
                    )
                }
                (Some((name, value)), Some(format)) => {
                    format!("\"{name}\" contains \"{value}\", which does not match {format}")
                }
                (None, _) => {
                    "no column is the time of the response; where all were given at once, like one wave of a survey, \
                     say when with --set responded_at=2024-03-31"
                        .to_owned()
                }
            };
            self.add_missing(ImportField::RespondedAt, reason, candidates);
        }
        self.assigned.missing.sort_by_key(|missing_field| missing_field.field);
    }
}
