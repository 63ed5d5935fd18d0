//! The store: every SQL statement of the product, one module per noun.
//!
//! Functions take a connection or a transaction, so that callers decide what is atomic. They hold no rules of the
//! business beyond what a statement needs; jobs and the API decide what to write.

pub mod audit_entry;
mod batch;
pub mod customer;
pub mod customer_group;
pub mod decision;
pub mod decision_review;
pub mod decision_standing;
pub mod delivery;
pub mod derived_dimension;
pub mod diagnosis;
pub mod dimension;
mod failure;
pub mod histogram;
pub mod import_count;
pub mod lease;
mod lookup;
pub mod measure;
pub mod page;
pub mod profile;
pub mod publication;
pub mod reintern;
pub mod respondent;
pub mod response;
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

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("cannot open the database {url}: {}", failure::describe(source))]
    Connect {
        /// The address, without credentials.
        url: String,
        /// What the driver says.
        source: DbErr,
    },
    /// The address names neither SQLite nor PostgreSQL.
    #[error("the database address {url} starts with neither sqlite:// nor postgres://")]
    UnknownDatabase {
        /// The address, without credentials.
        url: String,
    },
    /// Readers and the writer would each see a database of their own.
    #[error("an in-memory SQLite database cannot be shared by its readers and its writer: name a file")]
    InMemory,
    /// A statement failed. The text holds no value that the statement was given: it goes to logs.
    #[error("the database refused a statement: {}", failure::describe(.0))]
    Statement(#[from] DbErr),
    /// Another time zone was asked for than the one the database was made with.
    #[error(
        "the database reports in {stored}, but {requested} was asked for; only `recompute --full --time-zone {requested}` changes it"
    )]
    TimeZoneDiffers {
        /// The zone of the database.
        stored: String,
        /// The zone that was asked for.
        requested: String,
    },
    /// The stored time zone is not one.
    #[error("the database's time zone \"{0}\" is not an IANA name")]
    UnknownTimeZone(String),
    /// A row that was just written is not there.
    #[error("the table {table} lost its row {id}")]
    MissingRow {
        /// The table.
        table: &'static str,
        /// The row's id.
        id: i64,
    },
    /// A set of attributes was looked up among interned ones to which it does not belong.
    #[error("a profile was not interned before it was used")]
    NotInterned,
    /// A row holds a name that this version does not know.
    #[error("the row of {row} in the table {table} has the {column} \"{value}\", which this version does not know")]
    UnknownName {
        /// The table.
        table: &'static str,
        /// Which row, like `decision "d1" as of 2024-07-08`.
        row: String,
        /// The column.
        column: &'static str,
        /// What it holds, or why that cannot be read.
        value: String,
    },
    /// A stored series is not what was written.
    #[error(
        "the weekly series of the review of {decision} as of {as_of} is damaged ({source}); \
         a recompute as of that day writes it again"
    )]
    DamagedSeries {
        /// Which decision, like `decision "d1"`.
        decision: String,
        /// The day of the review.
        as_of: crate::Day,
        /// What is wrong with it.
        source: crate::review_series::SeriesError,
    },
    /// A stored block does not match its checksum or its format.
    #[error("the tally of the week of {week} is damaged ({reason}); `needle recompute --full` builds it again")]
    DamagedTally {
        /// The Monday of the week.
        week: crate::Day,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    /// True when a concurrent writer got in the way and the same transaction may succeed when run again.
    pub fn is_conflict(&self) -> bool {
        let Self::Statement(error) = self else { return false };
        if matches!(
            error.sql_err(),
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_) | sea_orm::SqlErr::ForeignKeyConstraintViolation(_))
        ) {
            return true;
        }
        let text = error.to_string();
        ["deadlock detected", "could not serialize access", "database is locked"].iter().any(|sign| text.contains(sign))
    }
}
