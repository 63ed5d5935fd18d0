//! The fields that are missing, and the columns that they could be read from.

use super::assigner::Assigner;
use super::field::Field;
use super::{Becomes, Lack};

impl Assigner<'_> {
    /// Notes what is missing without which no row can be read.
    pub(super) fn find_lacks(&mut self) {
        let has_customer = !self.assigned.customers.is_empty() || self.has(Field::Email);
        let is_missing = |missing: &[Lack], field| missing.iter().any(|lack: &Lack| lack.field == field);
        if !self.has(Field::ResponseId) && !is_missing(&self.assigned.lacks, Field::ResponseId) {
            self.assigned.digest = self.shape.digest && has_customer;
            if !self.assigned.digest {
                let distinct = |at: &usize| {
                    let column = &self.columns[*at];
                    column.is_distinct && !column.holds_dates() && !column.holds_scores() && !column.holds_sentences()
                };
                let candidates = self.free().filter(distinct).collect();
                self.lack(
                    Field::ResponseId,
                    "no column is the id of an answer; without one the same file could not come twice",
                    candidates,
                );
            }
        }
        if !self.has(Field::RespondedAt) && !is_missing(&self.assigned.lacks, Field::RespondedAt) {
            let free_or_dropped = |at: &usize| {
                matches!(self.assigned.becomes[*at], None | Some(Becomes::Dropped(_)))
                    && self.columns[*at].holds_dates()
            };
            let candidates = (0..self.columns.len()).filter(free_or_dropped).collect();
            let unreadable = self.shape.times.iter().flat_map(|tier| self.named(tier)).find_map(|at| {
                let column = &self.columns[at];
                Some((&column.heading.column, column.values.first()?))
            });
            let what = match (unreadable, self.told.date_format) {
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
            self.lack(Field::RespondedAt, what, candidates);
        }
        self.assigned.lacks.sort_by_key(|lack| lack.field);
    }
}
