//! The jobs of `needle`: recomputing, its schedule, reports and their delivery, the doctor and the demo.
//!
//! GraphQL, HTTP and the command line are left to `api`, SQL to `entity`, rules to `needle_rules`, counts to
//! `needle_analytics`, reviews to `needle_review`, and files of surveys to `needle_import`.

pub mod calendar;
pub mod clock;
pub mod delivery;
pub mod demo;
pub mod doctor;
pub mod outbound;
pub mod recompute;
pub mod report;
pub mod schedule;
