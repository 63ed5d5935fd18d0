//! The rules that files and mutations share: what a response, a customer, a segment and a decision may be, which
//! attributes are dimensions, how a person is erased, and how numbers and days are written for people. File formats are
//! left to `needle_import`, SQL to `entity`.

pub mod count;
pub mod customer;
pub mod day;
pub mod decision;
pub mod dimension;
pub mod erase;
pub mod import;
pub mod known_customer;
pub mod merge;
pub mod outcome;
pub mod problem;
mod provenance;
pub mod record;
pub mod removal;
pub mod response;
pub mod segment;
pub mod target;
pub mod wording;
