//! The schedule: up to which time each job's slots are recorded, the slots, and the progress that a run reports.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0002_schedule", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE schedule (
  job TEXT PRIMARY KEY, expression TEXT NOT NULL, zone TEXT NOT NULL, accounted_until BIGINT NOT NULL
);
CREATE TABLE slot (
  job TEXT NOT NULL, slot BIGINT NOT NULL, state TEXT NOT NULL, is_catch_up BOOLEAN NOT NULL, not_before BIGINT NOT NULL,
  owner TEXT NOT NULL, fence BIGINT NOT NULL, held_until BIGINT NOT NULL, attempts INTEGER NOT NULL,
  finished_at BIGINT, error TEXT, PRIMARY KEY (job, slot)
);
CREATE INDEX slot_open ON slot (job, slot) WHERE state IN ('due', 'running');

ALTER TABLE run ADD COLUMN job TEXT;
ALTER TABLE run ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE run ADD COLUMN reviews BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE run ADD COLUMN stage TEXT;
ALTER TABLE run ADD COLUMN share_done DOUBLE PRECISION;
ALTER TABLE run ADD COLUMN cancel_requested BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE run ADD COLUMN count_seconds DOUBLE PRECISION;
ALTER TABLE run ADD COLUMN score_seconds DOUBLE PRECISION;
ALTER TABLE run ADD COLUMN review_seconds DOUBLE PRECISION;
ALTER TABLE run ADD COLUMN publish_seconds DOUBLE PRECISION;
-- Whatever else goes wrong, a slot is published once.
CREATE UNIQUE INDEX run_published_slot ON run (job, slot) WHERE version IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX run_published_slot;
ALTER TABLE run DROP COLUMN publish_seconds;
ALTER TABLE run DROP COLUMN review_seconds;
ALTER TABLE run DROP COLUMN score_seconds;
ALTER TABLE run DROP COLUMN count_seconds;
ALTER TABLE run DROP COLUMN cancel_requested;
ALTER TABLE run DROP COLUMN share_done;
ALTER TABLE run DROP COLUMN stage;
ALTER TABLE run DROP COLUMN reviews;
ALTER TABLE run DROP COLUMN attempt;
ALTER TABLE run DROP COLUMN job;
DROP TABLE slot;
DROP TABLE schedule;
";
