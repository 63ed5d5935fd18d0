//! The API of `needle`: GraphQL, the HTTP server, tokens, the pages and the command line. The work itself is in `jobs`.

pub mod auth;
pub mod cli;
mod clock;
pub mod config;
pub mod graphql;
pub mod http;
mod limits;
pub mod live;
mod lru_cache;
pub mod metrics;
mod pages;
pub mod server;
#[cfg(test)]
mod tests;
