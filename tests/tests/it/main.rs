//! Tests of the product's own code against real databases.

mod doctor;
mod house;
mod import;
mod migration;
mod recompute;
mod report;
mod schedule;
mod store;
