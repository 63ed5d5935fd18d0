//! How many weeks and responses a review needs, how far back it looks, and the error rate that it spends.

use crate::boundary::AlphaSpending;

/// The most weeks before the start of a decision that a review looks at. Two years: enough for the season, and it
/// bounds what a look costs.
pub const LONGEST_HISTORY_WEEKS: usize = 104;

/// Fewer usable weeks before the decision than this give no estimate.
pub const SHORTEST_HISTORY_WEEKS: usize = 8;

/// Fewer usable weeks with the decision in effect than this give no estimate.
pub const SHORTEST_AFTERMATH_WEEKS: f64 = 2.0;

/// Fewer answers from the target with the decision in effect than this give no estimate.
pub const SMALLEST_AFTERMATH_RESPONSES: u64 = 30;

/// With fewer usable weeks of history than this, a series without a comparison cannot know its season.
pub const SEASON_WEEKS: usize = 52;

/// The chance of any false claim of a movement over a decision's whole life (`docs/statistics.md`, "Many looks").
pub(crate) const ALPHA: f64 = 0.05;

/// How the error rates of a movement and of equivalence are spent over a decision's looks.
pub(crate) const SPENDING: AlphaSpending = AlphaSpending::Power(3.0);
