//! The whole schema over a company: paging while runs publish, and the statements that queries cost.

mod paging;
mod statements;
