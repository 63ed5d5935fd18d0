//! How many days before a decision, and as many since, the scores of its review are of. Older reviews compare all weeks
//! before with all weeks since, and have none.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0025_compared_days", up: UP, down: DOWN };

const UP: &str = "ALTER TABLE decision_review ADD COLUMN compared_days INTEGER;";

const DOWN: &str = "ALTER TABLE decision_review DROP COLUMN compared_days;";
