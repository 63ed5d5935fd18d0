//! The published counts: weekly blocks, the cube that they form in memory, and every score and slice summed from it.
//!
//! The only crate that uses polars. Reading and writing rows is left to `entity`, reviewing decisions to
//! `needle_review`.

pub mod analytics_cache;
mod attribute;
pub mod cache;
pub mod cube;
pub mod disclosure;
mod error;
pub mod period;
pub mod score;
pub mod series;
pub mod slice;
pub mod tally;
pub mod weekly;
pub mod work;
