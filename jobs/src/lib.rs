//! What `needle` does: import, recompute, review. GraphQL, HTTP and the command line are left to `api`, SQL to
//! `entity`, and the mathematics of a review to `needle_stats`.

pub mod clock;
pub mod cube;
pub mod decision;
pub mod delivery;
pub mod demo;
pub mod detectability;
pub mod dimension;
pub mod doctor;
pub mod erase;
pub mod figures;
pub mod forecast;
pub mod import;
pub mod outbound;
pub mod problem;
pub mod recompute;
pub mod report;
pub mod review;
pub mod schedule;
pub mod score;
pub mod segment;
pub mod sensitivity;
mod tally;
pub mod wording;
