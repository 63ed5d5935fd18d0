//! Webhooks: what survey tools sent and what became of it, and how recent what they said of a response is.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0027_hook", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE hook_delivery (
  id {id}, vendor TEXT NOT NULL, digest {bytes} NOT NULL UNIQUE, received_at BIGINT NOT NULL, state TEXT NOT NULL, code TEXT,
  reason TEXT, attempts INTEGER NOT NULL, tried_at BIGINT NOT NULL, payload TEXT, persons {json} NOT NULL
);
CREATE INDEX hook_delivery_received ON hook_delivery (received_at);
CREATE INDEX hook_delivery_waiting ON hook_delivery (id) WHERE state = 'waiting';
CREATE TABLE hook_response (
  response_id BIGINT PRIMARY KEY REFERENCES response (id) ON DELETE CASCADE, updated_at BIGINT, received_at BIGINT NOT NULL
);
";

const DOWN: &str = "
DROP TABLE hook_response;
DROP TABLE hook_delivery;
";
