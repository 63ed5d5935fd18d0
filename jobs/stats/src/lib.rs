//! The statistics behind a review: did the decision move the needle?
//!
//! Everything here is pure arithmetic on weekly counts per cell. Nothing reads a file, a clock or a database, nothing
//! panics and nothing returns a NaN: where the data do not suffice, the result is `None` or a named
//! [`review::ReviewCaveat`].
//!
//! | module | owns |
//! |---|---|
//! | [`nps`] | one score |
//! | [`interval`] | its interval, and that of a difference |
//! | [`mix`] | how much of a change is a change of scores and how much a change of respondents |
//! | [`cells`] | the weekly counts from which a review is computed |
//! | [`responses`] | the single responses of recognised customers, in addition to those counts |
//! | [`decision`] | when a decision is in effect, and on whom |
//! | [`learned_prior`] | the prior of week noise learned from other segments' history |
//! | [`review`] | the weekly looks at one decision, and its verdict |
//! | [`boundary`] | how far from zero a statistic must be when there are many looks |
//! | [`detectability`] | whether a decision could ever be judged, before it is logged |
//! | [`rank`] | a rank test of single responses, shown next to a verdict |
//! | [`record`] | how accurate a leader's expectations were |
//! | [`portfolio`] | many decisions at once: which claims survive, and what they add up to |
//! | [`normal`] | the normal distribution, exact far into its tails |

pub mod boundary;
pub mod cells;
pub mod decision;
pub mod detectability;
pub mod interval;
pub mod learned_prior;
pub mod mix;
pub mod normal;
pub mod nps;
pub mod portfolio;
pub mod rank;
pub mod record;
pub mod responses;
pub mod review;

mod arm;
mod concurrent;
mod confounding;
mod contrast;
mod counterfactual;
mod design;
mod joint;
mod limit;
mod matrix;
mod mixture;
mod neighbour;
mod noise;
mod number;
mod pre_trend;
mod quadrature;
mod regression;
mod respondent;
mod search;
mod window;
