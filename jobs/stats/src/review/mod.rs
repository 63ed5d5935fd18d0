//! The weekly reviews of one decision: the data of each look, the estimate, and what can be claimed.
//!
//! [`ReviewSequence`] takes the looks, [`SequentialReview`] is the result of one. Wording is left to the caller: every
//! caveat carries its numbers.

mod budget;
mod data_sufficiency;
mod drawing;
mod finding;
mod question;
mod rules;
mod sequence;
mod sequential;

pub use self::drawing::{WeekPoint, series};
pub use self::finding::{
    EffectEstimate, EstimationMethod, ExpectationResult, LookFinding, ReviewCaveat, SequentialReview, TestVerdict,
};
pub use self::question::{ExpectedImpact, LookTiming, ReviewInput};
pub use self::rules::equivalence_region;
pub use self::sequence::ReviewSequence;
pub use crate::limit::{
    LONGEST_HISTORY_WEEKS, SEASON_WEEKS, SHORTEST_HISTORY_WEEKS, SHORTEST_POST_PERIOD_WEEKS,
    SMALLEST_POST_PERIOD_RESPONSES,
};
