//! Outcomes of expectations as the customers see them: a larger fall than expected was called better than expected. Final
//! reviews promise no day by which they will be settled.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0024_outcome", up: UP, down: DOWN };

const UP: &str = "
UPDATE decision_review SET expectation_outcome = CASE
  WHEN interval_high < (SELECT expected_impact FROM decision WHERE decision.id = decision_id) THEN 'MISSED'
  WHEN interval_low > (SELECT expected_impact FROM decision WHERE decision.id = decision_id) THEN 'EXCEEDED'
  WHEN interval_high < 0 THEN 'MET' ELSE 'UNDETERMINED' END
WHERE verdict <> 'CONFOUNDED' AND interval_low IS NOT NULL
  AND decision_id IN (SELECT id FROM decision WHERE expected_impact < 0);
UPDATE decision_review SET decidable_by = NULL WHERE \"final\" AND decidable_by IS NOT NULL;
";

// The figures stay right in the older version.
const DOWN: &str = "SELECT 1;";
