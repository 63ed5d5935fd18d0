//! What a review is asked: the decision, what was expected of it, and when it is looked at.

use crate::cells::CellWeeks;
use crate::decision::DecisionColumn;
use crate::responses::CellResponses;

/// What the people who decided expect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedImpact {
    /// The expected change in NPS points, negative for a fall.
    pub impact: f64,
}

/// What looks see.
#[derive(Clone, Copy, Debug)]
pub struct ReviewInput<'a> {
    /// The weekly counts.
    pub data: &'a CellWeeks,
    /// The answers of customers who can be recognised, in the cells of `data`; none where that is not known.
    pub responses: &'a CellResponses,
    /// The decision under review.
    pub decision: &'a DecisionColumn,
    /// The other decisions known by then, in order of effect.
    pub others: &'a [DecisionColumn],
}

/// When a look is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookTiming {
    /// It sees the weeks before this one.
    pub now: usize,
    /// How much of the horizon is over, 0 to 1; the look at 1 is the last that can reach a verdict.
    pub share: f64,
}
