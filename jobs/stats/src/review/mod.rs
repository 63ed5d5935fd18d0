//! One decision's weekly reviews: what was looked at, what was estimated and what can be claimed.
//!
//! [`Life`] takes the looks, [`Review`] says what they found. What to call a verdict in a sentence is the caller's: every
//! caveat carries its numbers.

mod budget;
mod drawing;
mod evidence;
mod finding;
mod life;
mod question;
mod rules;
mod sequential;

pub use self::drawing::{WeekPoint, series};
pub use self::finding::{Caveat, Estimate, ExpectationOutcome, Finding, Method, Review, Verdict};
pub use self::life::Life;
pub use self::question::{Expectation, Look, Scene};
pub use self::rules::equivalence_region;
pub use crate::limit::{
    LONGEST_HISTORY_WEEKS, SEASON_WEEKS, SHORTEST_AFTERMATH_WEEKS, SHORTEST_HISTORY_WEEKS, SMALLEST_AFTERMATH_RESPONSES,
};
