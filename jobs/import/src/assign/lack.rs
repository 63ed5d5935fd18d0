//! The fields that are missing, and the columns that they could be read from.

use super::assigner::ColumnAssigner;
use super::field::ImportField;
use super::{ColumnRole, MissingField};

impl ColumnAssigner<'_> {
    /// Notes what is missing without which no row can be read.
    pub(super) fn find_missing(&mut self) {
        let has_customer = !self.assigned.customers.is_empty() || self.has(ImportField::Email);
        let is_missing =
            |missing: &[MissingField], field| missing.iter().any(|lack: &MissingField| lack.field == field);
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
                    "no column is the id of an answer; without one the same file could not come twice",
                    candidates,
                );
            }
        }
        if !self.has(ImportField::RespondedAt) && !is_missing(&self.assigned.missing, ImportField::RespondedAt) {
            let free_or_dropped = |at: &usize| {
                matches!(self.assigned.roles[*at], None | Some(ColumnRole::Dropped(_)))
                    && self.columns[*at].holds_dates()
            };
            let candidates = (0..self.columns.len()).filter(free_or_dropped).collect();
            let unreadable = self.description.times.iter().flat_map(|tier| self.named(tier)).find_map(|at| {
                let column = &self.columns[at];
                Some((&column.heading.column, column.values.first()?))
            });
            let what = match (unreadable, self.mapping.date_format) {
                (Some((name, value)), None) => {
                    format!(
                        "\"{name}\" says \"{value}\", which is no time that is known: --date-format tells how it is written"
                    )
                }
                (Some((name, value)), Some(format)) => {
                    format!("\"{name}\" says \"{value}\", which is not written as {format}")
                }
                (None, _) => "no column is the time of the answer".to_owned(),
            };
            self.add_missing(ImportField::RespondedAt, what, candidates);
        }
        self.assigned.missing.sort_by_key(|lack| lack.field);
    }
}
