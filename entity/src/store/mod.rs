//! The store: every SQL statement of the product, one module per noun.
//!
//! Functions take a connection or a transaction, so that callers decide what is atomic. They contain no business rules
//! beyond what a statement needs; jobs and the API decide what to write.

pub mod audit_entry;
mod batch;
pub mod customer;
pub mod customer_group;
pub mod customer_merge;
pub mod decision;
pub mod decision_review;
pub mod decision_standing;
pub mod delivery;
pub mod derived_dimension;
pub mod diagnosis;
pub mod dimension;
mod failure;
pub mod full_read;
pub mod held_value;
pub mod histogram;
pub mod hook_delivery;
pub mod import;
pub mod import_change;
pub mod import_count;
pub mod imported_row;
pub mod lease;
mod lookup;
pub mod measure;
pub mod own_attributes;
pub mod page;
pub mod pending_removal;
pub mod profile;
pub mod publication;
pub mod reintern;
pub mod respondent;
pub mod response;
mod response_selection;
pub mod review_series;
pub mod revision;
pub mod run;
pub mod schedule;
mod scored_response;
pub mod segment;
pub mod segment_score;
pub mod session;
pub mod setting;
pub mod slot;
pub mod stale_week;
pub mod tally;
pub mod token;
pub mod tombstone;
pub mod upkeep;

use sea_orm::DbErr;

/// Rows per statement: far below both databases' limits on bound parameters.
pub const CHUNK: usize = 1_000;

/// Why an operation of the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("cannot open the database {url}: {}", failure::describe(source))]
    Connect {
        /// The address, without credentials.
        url: String,
        /// The error of the driver.
        source: DbErr,
    },
    /// The address names neither SQLite nor PostgreSQL.
    #[error("the database address {url} starts with neither sqlite:// nor postgres://")]
    UnknownDatabase {
        /// The address, without credentials.
        url: String,
    },
    /// Each connection to an in-memory database would open a separate one.
    #[error("an in-memory SQLite database cannot be shared by its readers and its writer: name a file")]
    InMemory,
    /// A statement failed. The text contains no value that the statement was given, because it is logged.
    #[error("{}", failure::explain(.0))]
    Statement(#[from] DbErr),
    /// The caller requested another time zone than the one the database was made with.
    #[error(
        "the database reports in {stored}, but {requested} was asked for; only `recompute --full --time-zone {requested}` changes it"
    )]
    TimeZoneDiffers {
        /// The zone of the database, an IANA name.
        stored: String,
        /// The zone that was requested, an IANA name.
        requested: String,
    },
    /// The stored name of the time zone is not an IANA name.
    #[error("the database's time zone \"{0}\" is not an IANA name")]
    UnknownTimeZone(String),
    /// A row that was just written does not exist.
    #[error("the table {table} lost its row {id}")]
    MissingRow {
        /// The name of the table.
        table: &'static str,
        /// The id of the row.
        id: i64,
    },
    /// The caller looked up a set of attributes that it had not interned.
    #[error("a profile was not interned before it was used")]
    NotInterned,
    /// A row contains a name that this version cannot read.
    #[error("the row of {row} in the table {table} has the {column} \"{value}\", which this version does not know")]
    UnknownName {
        /// The name of the table.
        table: &'static str,
        /// Which row, like `decision "d1" as of 2024-07-08`.
        row: String,
        /// The name of the column.
        column: &'static str,
        /// The stored value, or why it cannot be read.
        value: String,
    },
    /// The stored weekly series of a review cannot be unpacked.
    #[error(
        "the weekly series of the review of {decision} as of {as_of} is damaged ({source}); \
         a recompute as of that day writes it again"
    )]
    DamagedSeries {
        /// The decision, like `decision "d1"`.
        decision: String,
        /// The day as of which the review was made.
        as_of: crate::Day,
        /// What is wrong with the packed bytes.
        source: crate::review_series::SeriesError,
    },
    /// An import was undone while it went on: nothing more of it may be written.
    #[error("the import {0} was undone while it went on: nothing more of it is written")]
    ImportUndone(i64),
    /// Only a part of the columns that are null together is.
    #[error("the row of {row} in the table {table} is damaged: only some of {columns} are null")]
    IncompleteRow {
        /// The name of the table.
        table: &'static str,
        /// Which row, like `decision "d1" as of 2024-07-08`.
        row: String,
        /// The names of the columns.
        columns: &'static str,
    },
    /// A stored block does not match its checksum or its format.
    #[error("the tally of the week of {week} is damaged ({reason}); `needle recompute --full` builds it again")]
    DamagedTally {
        /// The Monday with which the week begins.
        week: crate::Day,
        /// What is wrong with the block.
        reason: String,
    },
}

/// PostgreSQL's codes of a concurrent writer that was in the way: a serialization failure, a deadlock, a lock that was not
/// released in time, and a session ended because it was idle in its transaction (appendix A of its manual).
const CONFLICTS: [&str; 4] = ["40001", "40P01", "55P03", "25P03"];

impl StoreError {
    /// True when one stored row is the cause: a selection without it may succeed.
    pub const fn is_about_a_row(&self) -> bool {
        matches!(
            self,
            Self::UnknownName { .. }
                | Self::IncompleteRow { .. }
                | Self::DamagedSeries { .. }
                | Self::MissingRow { .. }
        )
    }

    /// True when the disk of the database has no room, or its file may not grow: the same write may succeed once there
    /// is room.
    pub fn is_disk_full(&self) -> bool {
        let (Self::Statement(error) | Self::Connect { source: error, .. }) = self else { return false };
        failure::is_disk_full(error)
    }

    /// True when the database cannot be reached, or has no room for a write: the same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Connect { .. } => true,
            Self::Statement(error) => failure::is_unavailable(error),
            _ => false,
        }
    }

    /// True when another session held a lock for longer than this one waits.
    pub fn is_lock_timeout(&self) -> bool {
        let Self::Statement(error) = self else { return false };
        failure::is_lock_timeout(error)
    }

    /// True when a concurrent writer was the cause and the same transaction may succeed when it is run again.
    pub fn is_conflict(&self) -> bool {
        let Self::Statement(error) = self else { return false };
        if matches!(
            error.sql_err(),
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_) | sea_orm::SqlErr::ForeignKeyConstraintViolation(_))
        ) {
            return true;
        }
        failure::sqlstate(error).is_some_and(|state| CONFLICTS.contains(&state.as_str()))
            || error.to_string().contains("database is locked")
    }
}
