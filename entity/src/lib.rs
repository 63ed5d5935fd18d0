//! The tables of `needle`, their ids and enums, and the store: every SQL statement of the product.
//!
//! This crate is independent of jobs, GraphQL and HTTP. One module per noun holds the table; the module of the same
//! name under [`store`] holds its statements.

pub mod address;
pub mod attributes;
pub mod audit_entry;
pub mod comment;
pub mod condition;
pub mod customer;
pub mod customer_merge;
pub mod database;
pub mod decision;
pub mod decision_review;
pub mod decision_standing;
pub mod delivery;
pub mod derived_dimension;
pub mod dimension;
pub mod filter;
pub mod hook_delivery;
pub mod hook_response;
pub mod import;
pub mod import_change;
pub mod import_count;
pub mod lease;
pub mod left_profile;
pub mod listener;
pub mod own_attributes;
pub mod own_id;
pub mod pending_removal;
pub mod period;
pub mod primary_declaration;
pub mod profile;
pub mod profile_schema;
pub mod publication;
pub mod published_scheme;
pub mod response;
pub mod review_edition;
pub mod review_series;
pub mod run;
pub mod schedule;
pub mod score;
pub mod segment;
pub mod segment_definition;
pub mod segment_score;
pub mod session;
pub mod setting;
pub mod slot;
pub mod stale_week;
pub mod store;
pub mod tally;
pub mod time;
pub mod token;
pub mod tombstone;
pub mod verdict;

pub use attributes::Attributes;
pub use condition::Condition;
pub use database::Database;
pub use filter::{Filter, Predicate};
pub use listener::RunListener;
pub use period::Period;
pub use profile_schema::ProfileSchema;
pub use score::ScoreCategory;
pub use sea_orm::{ConnectionTrait, DatabaseTransaction};
pub use store::StoreError;
pub use time::{Calendar, Day, Timestamp};
