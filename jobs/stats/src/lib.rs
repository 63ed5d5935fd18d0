//! The statistics behind a review: did the decision move the needle?
//!
//! Everything here is pure arithmetic on weekly counts per cell. Nothing reads a file, a clock or a database, nothing
//! panics and nothing returns a NaN: a question that the data cannot answer gets `None` or a named [`review::Caveat`].
//!
//! | module | owns |
//! |---|---|
//! | [`nps`] | one score |
//! | [`interval`] | its interval, and that of a difference |
//! | [`mix`] | how much of a change is experience and how much is who answered |
//! | [`cells`] | the weekly counts that a review works on |
//! | [`answers`] | the single answers of recognised customers beside those counts |
//! | [`decision`] | from when to when, and on whom, a decision works |
//! | [`experience`] | what other segments' history says of week noise |
//! | [`review`] | one decision's life of weekly looks, and its verdict |
//! | [`boundary`] | how far a look must be from zero when there are many looks |
//! | [`detectability`] | whether a decision could ever be judged, before it is logged |
//! | [`rank`] | a rank test of single answers, beside a verdict |
//! | [`record`] | how a leader's expectations came true |
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
