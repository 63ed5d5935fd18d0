//! Sensitivity analyses shown with a verdict, which never change it: the effect after the end of the horizon, and a
//! rank test of the individual scores.
//!
//! Both are computed on request, from the responses of the days that the published version covers.

mod beyond;
mod rank;

pub use beyond::{BeyondHorizonLook, beyond_horizon};
pub use rank::{DecisionRankTest, rank_test};
