//! Whether a decision was cancelled before it took effect. A reversal that was recorded later leaves the weeks in which
//! the decision was in effect as they were, whatever day it names.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0013_reversal", up: UP, down: DOWN };

// The time zone of the database is not known to SQL: days of UTC decide for the reversals of older versions.
const UP: &str = "
ALTER TABLE decision ADD COLUMN cancelled BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE decision SET cancelled = TRUE
  WHERE reversed_on <= takes_effect_on AND reversal_recorded_at < CAST(takes_effect_on AS BIGINT) * 86400000000;
";

const DOWN: &str = "
ALTER TABLE decision DROP COLUMN cancelled;
";
