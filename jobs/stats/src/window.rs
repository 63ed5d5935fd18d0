//! Which weeks of the data a look may use.

use crate::cells::CellWeeks;
use crate::decision::DecisionColumn;
use crate::limit::LONGEST_HISTORY_WEEKS;
use crate::number;

/// The weeks that one look uses: `first..end`, of which those before `start` are history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LookWindow {
    pub first: usize,
    pub start: usize,
    pub end: usize,
}

impl LookWindow {
    /// The weeks that a look at the beginning of week `now` uses of `data`.
    pub(crate) fn new(data: &CellWeeks, now: usize, decision: &DecisionColumn) -> Self {
        let end = now.min(data.weeks());
        let start = number::week_of(decision.starts, end);
        Self { first: start.saturating_sub(LONGEST_HISTORY_WEEKS), start, end }
    }

    /// The number of weeks.
    pub(crate) fn weeks(&self) -> usize {
        self.end - self.first
    }

    /// The number of weeks before the decision.
    pub(crate) fn before(&self) -> usize {
        self.start - self.first
    }
}
