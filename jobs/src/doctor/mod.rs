//! The doctor: checks a database and returns findings, each with advice. It changes nothing.
//!
//! There is one module per area; each returns findings. An area that cannot be checked is a finding too, so that a
//! database which is empty, older, newer or damaged is reported as well. Opening the database is left to the caller.

mod clock;
mod contents;
mod customer;
mod delivery;
mod dimension;
mod disk;
mod hook_delivery;
mod import;
mod lease;
mod publication;
mod response;
mod review;
mod schema;
mod segment;
mod setting;
mod slot;
mod stale_week;
mod tally;
mod token;
mod upkeep;

use entity::{Calendar, Database, StoreError};
use needle_analytics::cube::CubeError;
use needle_rules::wording;
use serde::Serialize;

use crate::clock::Clock;

pub use schema::SchemaState;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingLevel {
    /// Nothing is wrong.
    Ok,
    /// Information; nothing needs to be done.
    Note,
    /// Not wrong yet, or only slow.
    Warning,
    /// Wrong: action is required. Makes the database unhealthy.
    Problem,
}

/// One finding of the doctor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorFinding {
    /// The area that was checked, like `leases`.
    pub area: &'static str,
    /// The kind of finding, for programs; it stays the same in later versions.
    pub code: &'static str,
    /// How serious the finding is.
    pub level: FindingLevel,
    /// The state that was found, in one sentence.
    pub message: String,
    /// What to do, in one sentence; `None` for [`FindingLevel::Ok`].
    pub advice: Option<String>,
}

impl DoctorFinding {
    fn new(level: FindingLevel, code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { area: "", code, level, message: message.into(), advice: Some(advice.into()) }
    }

    fn ok(message: impl Into<String>) -> Self {
        Self { area: "", code: "ok", level: FindingLevel::Ok, message: message.into(), advice: None }
    }

    fn note(code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(FindingLevel::Note, code, message, advice)
    }

    fn warning(code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(FindingLevel::Warning, code, message, advice)
    }

    fn problem(code: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(FindingLevel::Problem, code, message, advice)
    }
}

/// What the doctor checks, and with which settings.
#[derive(Clone, Debug)]
pub struct DoctorContext {
    /// The database; a read-only connection is enough.
    pub database: Database,
    /// Which migrations the database has, compared with this binary's.
    pub schema: SchemaState,
    /// The clock of this machine.
    pub clock: Clock,
    /// An attribute with more distinct values than this is not stored in profiles.
    pub values_limit: usize,
    /// True to leave out checks that read every response.
    pub quick: bool,
}

/// Why an area could not be checked.
#[derive(Debug, thiserror::Error)]
enum DoctorError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Work(#[from] CubeError),
}

type AreaFindings = Result<Vec<DoctorFinding>, DoctorError>;

/// Checks a database, area by area. An empty one is checked for schema, disk and clock only.
pub async fn examine(context: &DoctorContext) -> Vec<DoctorFinding> {
    let mut report = DoctorReport { findings: Vec::new(), is_current: context.schema.pending.is_empty() };
    report.add_area("schema", Ok(schema::examine(&context.schema)));
    report.add_area("disk", disk::examine(context).await);
    report.add_area("clock", clock::examine(context).await);
    if context.schema.is_empty() {
        return report.findings;
    }
    let calendar = match setting::examine(context).await {
        Ok((findings, calendar)) => {
            report.add_area("settings", Ok(findings));
            calendar
        }
        Err(error) => {
            report.add_area("settings", Err(error));
            None
        }
    };
    report.add_area("contents", contents::examine(context).await);
    report.add_area("publication", publication::examine(context, calendar).await);
    report.add_area("stale weeks", stale_week::examine(context).await);
    report.add_area("tally", tally::examine(context).await);
    report.add_area("responses", response::examine(context, calendar).await);
    report.add_area("customers", customer::examine(context).await);
    report.add_area("dimensions", dimension::examine(context).await);
    report.add_area("segments", segment::examine(context).await);
    report.add_area("reviews", review::examine(context).await);
    report.add_area("leases", lease::examine(context).await);
    report.add_area("schedule", slot::examine(context).await);
    report.add_area("deliveries", delivery::examine(context).await);
    report.add_area("webhooks", hook_delivery::examine(context).await);
    report.add_area("imports", import::examine(context).await);
    report.add_area("tokens", token::examine(context).await);
    report.add_area("upkeep", upkeep::examine(context).await);
    report.findings
}

/// What is damaged: rows and weekly series that cannot be read, and a file whose structure is broken. `quick` leaves out what
/// takes as long as reading the whole database.
pub async fn find_damage(context: &DoctorContext) -> Vec<DoctorFinding> {
    let mut report = DoctorReport { findings: Vec::new(), is_current: context.schema.pending.is_empty() };
    report.add_area("contents", contents::examine(context).await);
    report.add_area("reviews", review::examine(context).await);
    report.findings.retain(|finding| finding.level == FindingLevel::Problem);
    report.findings
}

/// Error messages of SQLite for a file whose first pages are damaged.
const DAMAGED: [&str; 2] = ["disk image is malformed", "file is not a database"];

/// The findings for a database that cannot be opened.
pub fn unreachable(error: &StoreError) -> Vec<DoctorFinding> {
    let message = error.to_string();
    if DAMAGED.iter().any(|sign| message.contains(sign)) {
        let finding = DoctorFinding::problem("damaged-file", message, "restore the newest backup");
        return vec![DoctorFinding { area: "connection", ..finding }];
    }
    let advice = "check the address in --database-url, that the file or the server is there, and the permissions; \
                  `needle migrate up` creates a new database";
    let finding = DoctorFinding::problem("unreachable", message, advice);
    vec![DoctorFinding { area: "connection", ..finding }]
}

/// True when no finding is a problem; warnings and notes are allowed.
pub fn is_healthy(findings: &[DoctorFinding]) -> bool {
    findings.iter().all(|finding| finding.level < FindingLevel::Problem)
}

/// The findings so far.
struct DoctorReport {
    findings: Vec<DoctorFinding>,
    is_current: bool,
}

impl DoctorReport {
    fn add_area(&mut self, area: &'static str, found: AreaFindings) {
        let found = found.unwrap_or_else(|error| vec![self.not_checked(&error)]);
        self.findings.extend(found.into_iter().map(|finding| DoctorFinding { area, ..finding }));
    }

    /// The finding for an area that could not be checked: a note while migrations are pending, otherwise a problem.
    fn not_checked(&self, error: &DoctorError) -> DoctorFinding {
        let message = format!("this could not be checked: {error}");
        if self.is_current {
            let advice = "read the database's message; restore a damaged file from a backup";
            return DoctorFinding::problem("not-checked", message, advice);
        }
        DoctorFinding::note(
            "not-checked",
            message,
            "apply the pending migrations with `needle migrate up`, then check again",
        )
    }
}

/// A count with its noun: `1 week`, `2,000 weeks`. The databases count in signed numbers that are never negative.
fn count_of(count: impl TryInto<u64>, singular: &str) -> String {
    let count = count.try_into().unwrap_or_else(|_| unreachable!("a count is never negative"));
    wording::counted(count, singular, &format!("{singular}s"))
}

/// The calendar that assigns timestamps to days; UTC where the database has no time zone yet.
fn calendar_or_utc(calendar: Option<Calendar>) -> Calendar {
    calendar.unwrap_or(Calendar { zone: chrono_tz::UTC })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_problems_make_a_database_unhealthy() {
        let of = |level| vec![DoctorFinding::ok("fine"), DoctorFinding::new(level, "code", "message", "advice")];
        assert!(is_healthy(&[]));
        assert!(is_healthy(&of(FindingLevel::Note)) && is_healthy(&of(FindingLevel::Warning)));
        assert!(!is_healthy(&of(FindingLevel::Problem)));
    }

    #[test]
    fn a_count_of_one_is_singular() {
        assert_eq!(
            (count_of(1, "week"), count_of(0, "week"), count_of(7, "week")),
            ("1 week".into(), "0 weeks".into(), "7 weeks".into())
        );
    }
}
