//! How many weeks and responses a review needs, how much history it uses, and the error rate that it spends.

use crate::boundary::AlphaSpending;

/// The maximum number of weeks before a decision that a review uses. Two years: enough for the season, and it bounds
/// the cost of a look.
pub const LONGEST_HISTORY_WEEKS: usize = 104;

/// With fewer usable weeks before the decision there is no estimate.
pub const SHORTEST_HISTORY_WEEKS: usize = 8;

/// With fewer usable weeks with the decision in effect there is no estimate.
pub const SHORTEST_POST_PERIOD_WEEKS: f64 = 2.0;

/// With fewer responses from the target with the decision in effect there is no estimate.
pub const SMALLEST_POST_PERIOD_RESPONSES: u64 = 30;

/// With fewer usable weeks of history, the season of a series without a comparison is unknown.
pub const SEASON_WEEKS: usize = 52;

/// The probability of any false claim of a movement over all looks at a decision (`docs/statistics.md`, "Many looks").
pub(crate) const ALPHA: f64 = 0.05;

/// How the error rates of a movement and of equivalence are spent over a decision's looks.
pub(crate) const SPENDING: AlphaSpending = AlphaSpending::Power(3.0);
