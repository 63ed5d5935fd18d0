//! The revision of the stored data, which every writing transaction advances.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0008_revision", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE revision (value BIGINT NOT NULL);
INSERT INTO revision (value) VALUES (0);
";

const DOWN: &str = "
DROP TABLE revision;
";
