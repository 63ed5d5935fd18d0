//! The audit log: who changed what through the API, when, and with which outcome.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0006_audit", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE audit_entry (
  id {id}, written_at BIGINT NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, operation TEXT, field TEXT NOT NULL,
  input {json} NOT NULL, outcome TEXT NOT NULL, detail TEXT
);
";

const DOWN: &str = "
DROP TABLE audit_entry;
";
