//! Reviews in columns, with their weekly series packed in a separate table: before, both were one JSON document, which
//! every reader of a review had to parse.
//!
//! Rows are converted in batches. One that cannot be read ends the migration with an error that names it.

mod convert;
mod document;
mod packed;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use super::execute;

#[derive(Clone, Copy, Debug)]
pub struct Migration;

const REVIEW: &str = "
CREATE TABLE decision_review (
  id {id}, decision_id BIGINT NOT NULL REFERENCES decision (id), as_of INTEGER NOT NULL,
  run_id BIGINT NOT NULL REFERENCES run (id), \"final\" BOOLEAN NOT NULL, verdict TEXT NOT NULL,
  effect DOUBLE PRECISION, method TEXT, interval_low DOUBLE PRECISION, interval_high DOUBLE PRECISION,
  interval_level DOUBLE PRECISION, standard_error DOUBLE PRECISION,
  before_promoters BIGINT NOT NULL, before_passives BIGINT NOT NULL, before_detractors BIGINT NOT NULL,
  after_promoters BIGINT NOT NULL, after_passives BIGINT NOT NULL, after_detractors BIGINT NOT NULL,
  comparison_before_promoters BIGINT, comparison_before_passives BIGINT, comparison_before_detractors BIGINT,
  comparison_after_promoters BIGINT, comparison_after_passives BIGINT, comparison_after_detractors BIGINT,
  expectation_outcome TEXT NOT NULL, smallest_detectable_effect DOUBLE PRECISION, decidable_by INTEGER,
  caveats {json} NOT NULL,
  UNIQUE (decision_id, as_of)
);
CREATE TABLE review_series (
  review_id BIGINT PRIMARY KEY REFERENCES decision_review (id) ON DELETE CASCADE, packed {bytes} NOT NULL
);
";

/// The table as `m0001_base` made it.
const REVIEW_OF_BASE: &str = "
CREATE TABLE decision_review (
  id {id}, decision_id BIGINT NOT NULL REFERENCES decision (id), as_of INTEGER NOT NULL,
  run_id BIGINT NOT NULL REFERENCES run (id), \"final\" BOOLEAN NOT NULL, verdict TEXT NOT NULL,
  effect DOUBLE PRECISION, detail {json} NOT NULL,
  UNIQUE (decision_id, as_of)
);
";

const SET_ASIDE: &str = "
ALTER TABLE decision_review RENAME TO decision_review_before;
";

/// PostgreSQL does not rename indexes and sequences with their table, but the new table needs their names.
const SET_NAMES_ASIDE: &str = "
ALTER INDEX decision_review_pkey RENAME TO decision_review_before_pkey;
ALTER INDEX decision_review_decision_id_as_of_key RENAME TO decision_review_before_decision_id_as_of_key;
ALTER SEQUENCE decision_review_id_seq RENAME TO decision_review_before_id_seq;
";

/// SQLite continues from the largest id automatically.
const CONTINUE_IDS: &str = "
SELECT setval(pg_get_serial_sequence('decision_review', 'id'), (SELECT MAX(id) FROM decision_review));
";

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0012_review"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set_aside(manager).await?;
        execute(manager, REVIEW).await?;
        convert::check_standings(manager.get_connection()).await?;
        convert::documents_to_columns(manager.get_connection()).await?;
        execute(manager, "DROP TABLE decision_review_before;").await?;
        on_postgres(manager, CONTINUE_IDS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set_aside(manager).await?;
        execute(manager, REVIEW_OF_BASE).await?;
        convert::columns_to_documents(manager.get_connection()).await?;
        execute(manager, "DROP TABLE review_series; DROP TABLE decision_review_before;").await?;
        on_postgres(manager, CONTINUE_IDS).await
    }
}

async fn set_aside(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    execute(manager, SET_ASIDE).await?;
    on_postgres(manager, SET_NAMES_ASIDE).await
}

async fn on_postgres(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    match manager.get_connection().get_database_backend() {
        DbBackend::Postgres => execute(manager, statements).await,
        _ => Ok(()),
    }
}
