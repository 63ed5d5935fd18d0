//! Imports, and what they changed: which import wrote a row last, and what the row was before, so that an import can be
//! undone as a whole.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0028_import_change", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE import (id {id}, kind TEXT NOT NULL, file_name TEXT, digest {bytes} NOT NULL, source TEXT,
    imported_by TEXT NOT NULL, started_at BIGINT NOT NULL, finished_at BIGINT, accepted BIGINT NOT NULL,
    updated BIGINT NOT NULL, unchanged BIGINT NOT NULL, rejected BIGINT NOT NULL, customers_written BIGINT NOT NULL,
    responses_written BIGINT NOT NULL, undone_at BIGINT, undone_by TEXT);
CREATE INDEX import_digest ON import (digest);
CREATE TABLE import_change (id {id}, import_id BIGINT NOT NULL REFERENCES import (id), noun TEXT NOT NULL,
    row_id BIGINT NOT NULL, before_import_id BIGINT, before {json} NOT NULL);
CREATE UNIQUE INDEX import_change_row ON import_change (row_id, noun, import_id);
CREATE INDEX import_change_import ON import_change (import_id, id);
ALTER TABLE customer ADD COLUMN import_id BIGINT;
ALTER TABLE response ADD COLUMN import_id BIGINT;
ALTER TABLE customer_merge ADD COLUMN import_id BIGINT;
ALTER TABLE customer_merge ADD COLUMN from_import_id BIGINT;
";

const DOWN: &str = "
ALTER TABLE customer_merge DROP COLUMN from_import_id;
ALTER TABLE customer_merge DROP COLUMN import_id;
ALTER TABLE response DROP COLUMN import_id;
ALTER TABLE customer DROP COLUMN import_id;
DROP TABLE import_change;
DROP TABLE import;
";
