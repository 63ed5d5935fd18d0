//! Tests of queries as a whole, over an API without a server.

mod paging;
mod statements;
