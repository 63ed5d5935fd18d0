//! Deliveries: which report of which slot was sent to whom, and with which outcome.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0011_delivery", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE delivery (
  id {id}, job TEXT NOT NULL, slot BIGINT NOT NULL, channel TEXT NOT NULL, destination TEXT NOT NULL,
  state TEXT NOT NULL, fence BIGINT NOT NULL, attempts INTEGER NOT NULL, tried_at BIGINT NOT NULL, finished_at BIGINT,
  error TEXT,
  -- Whatever else goes wrong, a report of a slot has one delivery to each reader.
  UNIQUE (job, slot, channel, destination)
);
";

const DOWN: &str = "
DROP TABLE delivery;
";
