//! Sessions of people who use the pages: signed in with a token, identified by a cookie.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0007_session", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE session (
  id {id}, digest {bytes} NOT NULL UNIQUE, token_id BIGINT REFERENCES api_token (id), name TEXT NOT NULL,
  role TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires_at);
";

const DOWN: &str = "
DROP TABLE session;
";
