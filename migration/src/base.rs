//! The star schema as first released: dimensions, facts, decisions, and what a run publishes.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0001_base", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE customer (
  id {id}, external_id TEXT NOT NULL UNIQUE, email TEXT, name TEXT, attributes {json} NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE profile (id {id}, digest {bytes} NOT NULL UNIQUE, attributes {json} NOT NULL);

CREATE TABLE response (
  id {id}, source TEXT NOT NULL, external_id TEXT NOT NULL,
  customer_id BIGINT REFERENCES customer (id), profile_id BIGINT NOT NULL REFERENCES profile (id),
  score SMALLINT CHECK (score BETWEEN 0 AND 10), answered_at BIGINT NOT NULL, day INTEGER NOT NULL,
  -- The id first: lists of ids are looked up, and hardly any id stands in two sources.
  UNIQUE (external_id, source)
);
CREATE INDEX response_tally ON response (day, profile_id, score);
CREATE INDEX response_customer ON response (customer_id);
CREATE INDEX response_profile ON response (profile_id);
CREATE INDEX response_answered_at ON response (answered_at, id);

CREATE TABLE comment (
  response_id BIGINT PRIMARY KEY REFERENCES response (id) ON DELETE CASCADE, text TEXT, attributes {json} NOT NULL
);

CREATE TABLE dimension (
  name TEXT PRIMARY KEY, \"numeric\" BOOLEAN NOT NULL, distinct_values INTEGER NOT NULL, kept_out BOOLEAN NOT NULL
);
CREATE TABLE dimension_value (
  name TEXT NOT NULL REFERENCES dimension (name) ON DELETE CASCADE, value TEXT NOT NULL, PRIMARY KEY (name, value)
);

CREATE TABLE segment_definition (
  id {id}, segment_key TEXT NOT NULL, filter {json} NOT NULL, defined_at BIGINT NOT NULL
);
CREATE TABLE segment (
  id {id}, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT,
  definition_id BIGINT NOT NULL REFERENCES segment_definition (id), created_at BIGINT NOT NULL
);
CREATE TABLE primary_declaration (
  id {id}, segment_id BIGINT NOT NULL REFERENCES segment (id), declared_by TEXT NOT NULL, reason TEXT NOT NULL,
  declared_at BIGINT NOT NULL
);

CREATE TABLE decision (
  id {id}, external_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, rationale TEXT, owner TEXT NOT NULL,
  logged_at BIGINT NOT NULL, recorded_at BIGINT NOT NULL, takes_effect_on INTEGER NOT NULL,
  horizon_weeks INTEGER NOT NULL CHECK (horizon_weeks > 0),
  segment_id BIGINT REFERENCES segment (id), definition_id BIGINT REFERENCES segment_definition (id),
  expected_impact DOUBLE PRECISION NOT NULL, expected_low DOUBLE PRECISION, expected_high DOUBLE PRECISION,
  expected_level DOUBLE PRECISION NOT NULL, reversed_on INTEGER, reversal_reason TEXT, reversal_recorded_at BIGINT
);
CREATE INDEX decision_takes_effect ON decision (takes_effect_on, id);

CREATE TABLE run (
  id {id}, \"trigger\" TEXT NOT NULL, slot BIGINT, idempotency_key TEXT UNIQUE, as_of INTEGER NOT NULL,
  \"full\" BOOLEAN NOT NULL, state TEXT NOT NULL, started_at BIGINT NOT NULL, finished_at BIGINT,
  fence BIGINT, version BIGINT, responses_seen BIGINT NOT NULL, weeks_counted INTEGER NOT NULL,
  segments_scored INTEGER NOT NULL, decisions_reviewed INTEGER NOT NULL, error TEXT
);
CREATE TABLE publication (
  id INTEGER PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL, run_id BIGINT NOT NULL REFERENCES run (id),
  as_of INTEGER NOT NULL, answers_before INTEGER
);
CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, fence BIGINT NOT NULL, held_until BIGINT NOT NULL);

CREATE TABLE stale_week (id {id}, week INTEGER NOT NULL);
CREATE TABLE tally (
  week INTEGER PRIMARY KEY, block {bytes} NOT NULL, checksum {bytes} NOT NULL, responses BIGINT NOT NULL
);

CREATE TABLE segment_score (
  segment_id BIGINT NOT NULL REFERENCES segment (id), week INTEGER NOT NULL, valid_from BIGINT NOT NULL,
  valid_until BIGINT, definition_id BIGINT NOT NULL REFERENCES segment_definition (id),
  run_id BIGINT NOT NULL REFERENCES run (id),
  promoters BIGINT NOT NULL, passives BIGINT NOT NULL, detractors BIGINT NOT NULL,
  rolling_promoters BIGINT NOT NULL, rolling_passives BIGINT NOT NULL, rolling_detractors BIGINT NOT NULL,
  PRIMARY KEY (segment_id, week, valid_from)
);
CREATE INDEX segment_score_expired ON segment_score (valid_until) WHERE valid_until IS NOT NULL;

CREATE TABLE decision_review (
  id {id}, decision_id BIGINT NOT NULL REFERENCES decision (id), as_of INTEGER NOT NULL,
  run_id BIGINT NOT NULL REFERENCES run (id), \"final\" BOOLEAN NOT NULL, verdict TEXT NOT NULL,
  effect DOUBLE PRECISION, detail {json} NOT NULL,
  UNIQUE (decision_id, as_of)
);

CREATE TABLE api_token (
  id {id}, name TEXT NOT NULL, role TEXT NOT NULL, digest {bytes} NOT NULL UNIQUE, created_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE UNIQUE INDEX api_token_name_in_force ON api_token (name) WHERE revoked_at IS NULL;

CREATE TABLE tombstone (digest {bytes} PRIMARY KEY);
";

const DOWN: &str = "
DROP TABLE tombstone;
DROP TABLE api_token;
DROP TABLE decision_review;
DROP TABLE segment_score;
DROP TABLE tally;
DROP TABLE stale_week;
DROP TABLE lease;
DROP TABLE publication;
DROP TABLE run;
DROP TABLE decision;
DROP TABLE primary_declaration;
DROP TABLE segment;
DROP TABLE segment_definition;
DROP TABLE dimension_value;
DROP TABLE dimension;
DROP TABLE comment;
DROP TABLE response;
DROP TABLE profile;
DROP TABLE customer;
DROP TABLE setting;
";
