//! What a review is asked: the decision, what was expected of it, and when it is looked at.

use crate::answers::Answers;
use crate::cells::CellWeeks;
use crate::decision::Column;

/// What the people who decided expect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// The expected change in NPS points, negative for a fall.
    pub impact: f64,
}

/// What looks see.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The weekly counts.
    pub data: &'a CellWeeks,
    /// The answers of customers who can be recognised, in the cells of `data`; none where that is not known.
    pub answers: &'a Answers,
    /// The decision under review.
    pub decision: &'a Column,
    /// The other decisions known by then, in order of effect.
    pub others: &'a [Column],
}

/// When a look is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// It sees the weeks before this one.
    pub now: usize,
    /// How much of the horizon is over, 0 to 1; the look at 1 is the last that can reach a verdict.
    pub share: f64,
}
