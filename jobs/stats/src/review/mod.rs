//! One decision's weekly reviews: what was looked at, what was estimated and what can be claimed.
//!
//! [`Life`] takes the looks, [`Review`] says what they found. What to call a verdict in a sentence is the caller's: every
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
    LONGEST_HISTORY_WEEKS, SEASON_WEEKS, SHORTEST_AFTERMATH_WEEKS, SHORTEST_HISTORY_WEEKS, SMALLEST_AFTERMATH_RESPONSES,
};
