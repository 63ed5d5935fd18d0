//! What erasures still have to remove from the files of the database, and how often people were erased: processes drop
//! what they hold in memory when that changes.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0015_removal", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE pending_removal (id {id}, erased_at BIGINT NOT NULL, due_at BIGINT NOT NULL);
ALTER TABLE publication ADD COLUMN erasures BIGINT NOT NULL DEFAULT 0;
";

const DOWN: &str = "
ALTER TABLE publication DROP COLUMN erasures;
DROP TABLE pending_removal;
";
