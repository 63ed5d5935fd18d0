//! How many rows were imported, by kind and outcome: counted in the transaction that writes them.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0004_import_count", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE import_count (kind TEXT NOT NULL, outcome TEXT NOT NULL, \"rows\" BIGINT NOT NULL, PRIMARY KEY (kind, outcome));
";

const DOWN: &str = "
DROP TABLE import_count;
";
