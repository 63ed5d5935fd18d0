//! The schema: which migrations are applied to the database.

use super::DoctorFinding;

/// The migrations of a database, compared with those of the binary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaState {
    /// Migrations of the binary that are applied.
    pub applied: Vec<String>,
    /// Migrations of the binary that are not applied yet.
    pub pending: Vec<String>,
    /// Applied migrations that the binary does not contain: a newer version made them.
    pub unknown: Vec<String>,
}

impl SchemaState {
    /// True for a database without any applied migration.
    pub fn is_empty(&self) -> bool {
        self.applied.is_empty() && self.unknown.is_empty()
    }
}

pub fn examine(schema: &SchemaState) -> Vec<DoctorFinding> {
    if schema.is_empty() {
        let message = "the database is empty: no migration was applied yet";
        return vec![DoctorFinding::problem(
            "empty",
            message,
            "run `needle migrate up`, or `needle serve`, which does it",
        )];
    }
    let mut findings = Vec::new();
    if !schema.pending.is_empty() {
        let message = format!("the database lacks {}", schema.pending.join(", "));
        let advice = "run `needle migrate up`; `needle serve` and every command that writes do it when they start";
        findings.push(DoctorFinding::problem("pending-migrations", message, advice));
    }
    if !schema.unknown.is_empty() {
        let message = format!("the database has {}, which this version does not know", schema.unknown.join(", "));
        findings.push(DoctorFinding::problem(
            "unknown-migrations",
            message,
            "use the newer version of needle that made them",
        ));
    }
    if findings.is_empty() {
        findings.push(DoctorFinding::ok(format!("all {} migrations are applied", schema.applied.len())));
    }
    findings
}
