//! Until when a run is known to be alive: its process renews it, and what is not renewed is taken up by another one.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0014_run_lease", up: UP, down: DOWN };

const UP: &str = "
ALTER TABLE run ADD COLUMN alive_until BIGINT;
";

const DOWN: &str = "
ALTER TABLE run DROP COLUMN alive_until;
";
