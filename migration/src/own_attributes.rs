//! Which attributes a response brought itself: the others are those of its customer, and go when it turns out to be
//! another customer's. Sets of names are interned, as there are few.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0021_own_attributes", up: UP, down: DOWN };

// No foreign key: SQLite could not drop the column again.
const UP: &str = "
CREATE TABLE own_attributes (id {id}, digest {bytes} NOT NULL UNIQUE, names {json} NOT NULL);
ALTER TABLE response ADD COLUMN own_attributes_id BIGINT;
";

const DOWN: &str = "
ALTER TABLE response DROP COLUMN own_attributes_id;
DROP TABLE own_attributes;
";
