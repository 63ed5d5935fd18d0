//! Customers that turned out to be the same person as another one: what they were, so that the merge can be undone.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0023_customer_merge", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE customer_merge (id {id}, from_external_id TEXT NOT NULL UNIQUE, from_email TEXT, from_name TEXT,
    from_attributes {json} NOT NULL, from_created_at BIGINT NOT NULL, into_customer_id BIGINT NOT NULL, into_email TEXT,
    into_name TEXT, into_attributes {json} NOT NULL, response_ids {json} NOT NULL, merged_at BIGINT NOT NULL,
    merged_by TEXT NOT NULL);
CREATE INDEX customer_merge_address ON customer_merge (LOWER(from_email)) WHERE from_email IS NOT NULL;
CREATE INDEX customer_merge_into ON customer_merge (into_customer_id);
";

const DOWN: &str = "
DROP TABLE customer_merge;
";
