//! What the integration tests are built on: temporary databases, imports from memory, and a reader of everything
//! stored.
//!
//! A suite is written once, as `async fn name(test: &TestDatabase)`, and [`on_both_databases!`] makes a test of it for
//! SQLite and one for PostgreSQL. Nothing here imitates the product: tests run its own code.

mod analyst;
mod cluster;
mod contents;
mod database;
mod importer;
mod postgres_programs;
mod review;
mod spreadsheet;
mod survey;
mod value;

pub use analyst::{
    RunFixture, StoredReview, blocks, hold_publishing_lease, release_publishing_lease, request, reviews, scores,
};
pub use cluster::PostgresCluster;
pub use contents::{CustomerContents, DatabaseContents, ResponseContents, settle, stale_weeks};
pub use database::{TestDatabase, on_postgres, on_sqlite};
pub use importer::ImportFixture;
pub use review::new_review;
pub use spreadsheet::{SheetCell, SpreadsheetFixture, archive};
pub use survey::{BETTER_IN_EUROPE_FROM, Survey, SurveyResponse, add};
pub use value::{UTC, attributes, day, filter, timestamp};

/// Makes two tests of each named function: one in `on_sqlite`, one in `on_postgres`.
///
/// A function that is not named is reported by the compiler as never used.
#[macro_export]
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $test() { $crate::on_sqlite(super::$test); })+
        }
        mod on_postgres {
            $(#[test] fn $test() { $crate::on_postgres(super::$test); })+
        }
    };
}
