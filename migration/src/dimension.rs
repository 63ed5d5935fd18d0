//! Dimensions: the decisions of operators, the derived dimensions, which replace predicates on high-cardinality
//! attributes in profiles, and the profiles that lost responses when these were interned again.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0003_dimension", up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE dimension ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE;
-- The digest is unique, not the text: an index on PostgreSQL cannot hold a long list of values.
CREATE TABLE derived_dimension (
  id {id}, name TEXT NOT NULL, predicate TEXT NOT NULL, digest {bytes} NOT NULL UNIQUE
);
CREATE TABLE left_profile (profile_id BIGINT PRIMARY KEY REFERENCES profile (id) ON DELETE CASCADE);
CREATE TABLE published_scheme (id INTEGER PRIMARY KEY CHECK (id = 1), scheme {json} NOT NULL);
";

const DOWN: &str = "
DROP TABLE published_scheme;
DROP TABLE left_profile;
DROP TABLE derived_dimension;
ALTER TABLE dimension DROP COLUMN pinned;
";
