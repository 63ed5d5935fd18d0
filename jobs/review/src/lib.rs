//! The weekly review of decisions: what the counts and the decisions known on a day make of each.

mod calendar;
mod cell;
mod detail;
pub mod detectability;
#[cfg(test)]
mod fixture;
pub mod forecast;
mod known;
mod lesson;
mod need;
mod overlap;
mod respondent;
pub mod respondent_cache;
pub mod sensitivity;
mod study;
mod table;
mod wording;

pub use calendar::{Look, final_monday};
pub use detail::{ReviewNumbers, expected_interval};
pub use need::{Need, WEEKS_BEFORE};
pub use overlap::overlapping;
pub use respondent::{Gathering, Respondents};
pub use study::{Reviewed, Study};
pub use wording::to_row;
