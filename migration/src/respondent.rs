//! The covering index by which responses are counted, extended by the customer: reading the responses of recognisable
//! customers is a scan of it too.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0005_respondent", up: UP, down: DOWN };

const UP: &str = "
DROP INDEX response_tally;
CREATE INDEX response_tally ON response (day, profile_id, score, customer_id);
";

const DOWN: &str = "
DROP INDEX response_tally;
CREATE INDEX response_tally ON response (day, profile_id, score);
";
