//! The input of a review: the decision, the expectation, and the times of the looks.

use crate::cells::CellWeeks;
use crate::decision::DecisionColumn;
use crate::responses::CellResponses;

/// What the owner of a decision expects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedImpact {
    /// The expected change in NPS points, negative for a fall.
    pub impact: f64,
}

/// The data that looks use.
#[derive(Clone, Copy, Debug)]
pub struct ReviewInput<'a> {
    /// The weekly counts per cell.
    pub data: &'a CellWeeks,
    /// The responses of recognised customers, in the cells of `data`; empty when no customer can be recognised.
    pub responses: &'a CellResponses,
    /// The decision under review, as a column of the regression.
    pub decision: &'a DecisionColumn,
    /// The other decisions logged by then, in order of effect.
    pub others: &'a [DecisionColumn],
}

/// The time of a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookTiming {
    /// The look uses the weeks before this one.
    pub now: usize,
    /// The share of the horizon that has passed, 0 to 1; the look at 1 is the last that can reach a verdict.
    pub share: f64,
}
