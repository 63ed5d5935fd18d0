//! The weekly review of decisions, from the counts and the decisions available on the day of the review.
//!
//! The statistics are `needle_stats`, counts come from `needle_analytics`, and storing reviews is left to `jobs`.

mod available_data;
mod calendar;
mod cell;
mod compared_windows;
mod detail;
pub mod detectability;
#[cfg(test)]
mod fixture;
pub mod forecast;
mod learned_prior;
mod need;
mod overlap;
mod respondent;
pub mod respondent_cache;
pub mod sensitivity;
mod study;
mod table;
mod wording;

pub use calendar::{ScheduledLook, final_monday};
pub use detail::{ReviewNumbers, expected_interval};
pub use need::{RespondentNeed, WEEKS_BEFORE};
pub use overlap::overlapping;
pub use respondent::{RespondentBatch, Respondents};
pub use study::{ReviewStudy, StudyReview};
pub use wording::to_row;
