//! What stands beside a verdict and never makes one: how the effect goes on past the horizon, and what single answers say.
//!
//! Both are computed when somebody asks, of the published figures' days.

mod beyond;
mod rank;

pub use beyond::{BeyondHorizonLook, beyond_horizon};
pub use rank::{DecisionRankTest, rank_test};
