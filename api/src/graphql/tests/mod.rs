//! The whole schema over the data of a company: paging while runs publish, and the SQL statements of queries.

mod nps;
mod paging;
mod statements;
