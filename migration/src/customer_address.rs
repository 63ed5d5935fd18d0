//! Customers are found by their address, whatever its case.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0022_customer_address", up: UP, down: DOWN };

const UP: &str = "
CREATE INDEX customer_address ON customer (LOWER(email)) WHERE email IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX customer_address;
";
