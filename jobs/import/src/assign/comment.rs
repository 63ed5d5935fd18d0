//! The column with the comment: the customer's reason for the score.

use super::assigner::ColumnAssigner;
use super::field::ImportField;

impl ColumnAssigner<'_> {
    /// Finds the column with the reason for the score.
    pub(super) fn comment(&mut self) {
        if self.has(ImportField::Comment) {
            return;
        }
        if let Some(at) = self.named(self.description.comments).first().copied() {
            return self.set(at, ImportField::Comment);
        }
        let score = self.assigned.column_of(ImportField::Score);
        // The follow-up question comes after the score; a reason asked before it is about something else.
        let times: Vec<usize> = self.description.times.iter().flat_map(|tier| self.named(tier)).collect();
        let after: Vec<usize> =
            self.free().filter(|at| score.is_none_or(|score| *at > score) && !times.contains(at)).collect();
        let is_question_value = |at: &usize| {
            self.description.response_prefix.is_some_and(|start| self.columns[*at].heading.key.contains(start))
        };
        let found = after
            .iter()
            .find(|at| self.columns[**at].asks_for_a_reason())
            .or_else(|| {
                after.iter().find(|at| {
                    self.columns[**at].holds_sentences() && (is_question_value(at) || self.is_next(score, **at))
                })
            })
            .or_else(|| {
                after.iter().find(|at| {
                    is_question_value(at)
                        && !self.columns[**at].holds_scores()
                        && self.columns[**at].heading.key.ends_with(|last: char| last.is_ascii_digit())
                })
            })
            .copied()
            .or_else(|| self.free().find(|at| is_question_value(at) && self.columns[*at].holds_sentences()));
        if let Some(at) = found {
            self.set(at, ImportField::Comment);
        }
    }

    /// True when only the tool's own columns are between the score and this column.
    fn is_next(&self, score: Option<usize>, at: usize) -> bool {
        score.is_some_and(|score| (score + 1..at).all(|between| !self.is_free(between)))
    }
}
