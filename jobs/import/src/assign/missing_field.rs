//! The fields that are missing, and the columns they could be read from.

use super::assigner::ColumnAssigner;
use super::field::ImportField;
use super::{ColumnRole, MissingField};
use crate::date;

/// Parts of names for who a response is from.
const CUSTOMERS: [&str; 9] = ["company", "customer", "account", "client", "user", "member", "kunde", "firma", "organi"];

impl ColumnAssigner<'_> {
    /// True for a column whose name is that of customers, and whose cells are neither dates nor scores nor sentences.
    fn may_be_a_customer(&self, at: usize) -> bool {
        let column = &self.columns[at];
        let is_named = CUSTOMERS.iter().any(|part| column.heading.key.contains(part));
        is_named
            && !column.values.is_empty()
            && !column.holds_dates()
            && !column.holds_sentences()
            && !column.is_of_staff()
    }

    /// Adds the fields that are missing and without which no row can be read.
    pub(super) fn find_missing(&mut self) {
        let has_customer = !self.assigned.customers.is_empty() || self.has(ImportField::Email);
        let is_missing = |missing: &[MissingField], field| {
            missing.iter().any(|missing_field: &MissingField| missing_field.field == field)
        };
        let has_time = self.has(ImportField::RespondedAt) || self.mapping.responded_at.is_some();
        if !self.has(ImportField::ResponseId) && !is_missing(&self.assigned.missing, ImportField::ResponseId) {
            self.assigned.digest = self.description.digest && has_customer;
            if !self.assigned.digest {
                let distinct = |at: &usize| {
                    let column = &self.columns[*at];
                    column.is_distinct && !column.holds_dates() && !column.holds_scores() && !column.holds_sentences()
                };
                let candidates: Vec<usize> = self.free().filter(distinct).collect();
                let customer = self.free().find(|at| self.may_be_a_customer(*at));
                let name = customer.map(|at| self.columns[at].heading.column.clone());
                match name {
                    None if candidates.is_empty() && self.description.digest && has_time => {
                        self.assigned.digest = true;
                        self.assigned.notes.push(
                            "no column is the id of a response or of a customer: each row is one response, told by its content; \
                             where a column says who answered, name it with --map customer_id=COLUMN"
                                .to_owned(),
                        );
                    }
                    name => {
                        let hint = name.filter(|_| self.description.digest).map_or_else(String::new, |name| {
                            format!("; where \"{name}\" says who answered, --map customer_id='{name}' is enough")
                        });
                        let reason = format!(
                            "no column is the id of a response; without one the file could not be imported again{hint}"
                        );
                        self.add_missing(ImportField::ResponseId, reason, candidates);
                    }
                }
            }
        }
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
