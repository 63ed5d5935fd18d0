//! What the counts say: weekly blocks, the cube that they make in memory, and every score and slice summed from it.
//!
//! The only place of polars. Reading and writing rows is left to `entity`, what a sum means for a decision to
//! `needle_review`.

pub mod analytics_cache;
mod attribute;
pub mod cache;
pub mod cube;
pub mod period;
pub mod score;
pub mod series;
pub mod slice;
pub mod tally;
pub mod weekly;
