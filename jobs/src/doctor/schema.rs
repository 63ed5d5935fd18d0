//! The schema: which migrations the database has.

use super::DoctorFinding;

/// What a database has of the binary's migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaState {
    /// Migrations that both know.
    pub applied: Vec<String>,
    /// Migrations that the database lacks.
    pub pending: Vec<String>,
    /// Migrations of the database that the binary does not know.
    pub unknown: Vec<String>,
}

impl SchemaState {
    /// True for a database in which nothing was made yet.
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
