//! The product's own code against real databases.

mod doctor;
mod import;
mod migration;
mod recompute;
mod report;
mod schedule;
mod store;
