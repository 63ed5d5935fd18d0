//! The product's own code against real databases.

mod import;
mod migration;
mod recompute;
mod schedule;
mod store;
