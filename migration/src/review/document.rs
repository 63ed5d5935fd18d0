//! The JSON document that stored a review before this migration, and the names that it may contain.

use serde::{Deserialize, Serialize};

pub const VERDICTS: [&str; 6] =
    ["MOVED_UP", "MOVED_DOWN", "DID_NOT_MOVE", "TOO_EARLY", "NOT_ENOUGH_DATA", "CONFOUNDED"];
const METHODS: [&str; 2] = ["DIFFERENCE_IN_DIFFERENCES", "INTERRUPTED_TIME_SERIES"];
const OUTCOMES: [&str; 4] = ["EXCEEDED", "MET", "MISSED", "UNDETERMINED"];
const CAVEATS: [&str; 9] = [
    "OVERLAPPING_DECISION",
    "NO_COMPARISON",
    "TRENDS_NOT_PARALLEL",
    "RESPONDENT_MIX_SHIFTED",
    "FEW_RESPONSES",
    "SHORT_HISTORY",
    "RETROSPECTIVE",
    "SEASONALITY_UNKNOWN",
    "MANY_DECISIONS",
];

/// All columns of a review but its verdict and effect, which the base table already had.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewDocument {
    pub method: Option<String>,
    pub interval: Option<DocumentRange>,
    pub standard_error: Option<f64>,
    pub before: DocumentCounts,
    pub after: DocumentCounts,
    pub comparison_before: Option<DocumentCounts>,
    pub comparison_after: Option<DocumentCounts>,
    pub expectation_outcome: String,
    pub smallest_detectable_effect: Option<f64>,
    /// Days since 1970-01-01.
    pub decidable_by: Option<i32>,
    pub caveats: Vec<DocumentCaveat>,
    pub series: Vec<DocumentWeek>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DocumentCounts {
    pub promoters: i64,
    pub passives: i64,
    pub detractors: i64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DocumentRange {
    pub low: f64,
    pub high: f64,
    pub level: f64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct DocumentCaveat {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentWeek {
    /// Days since 1970-01-01.
    pub start: i32,
    pub observed: Option<f64>,
    pub expected: Option<f64>,
    pub expected_interval: Option<DocumentRange>,
    pub responses: u64,
}

/// Checks the name of a verdict; the error contains it.
pub fn check_verdict(verdict: &str) -> Result<(), String> {
    check("verdict", &VERDICTS, verdict)
}

impl ReviewDocument {
    /// Reads a document and checks the names in it; the error describes what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Self = serde_json::from_str(text).map_err(|error| format!("its detail is no review: {error}"))?;
        if let Some(method) = &document.method {
            check("method", &METHODS, method)?;
        }
        check("expectation outcome", &OUTCOMES, &document.expectation_outcome)?;
        document.caveats.iter().try_for_each(|caveat| check("caveat", &CAVEATS, &caveat.code))?;
        Ok(document)
    }
}

fn check(what: &str, names: &[&str], name: &str) -> Result<(), String> {
    if names.contains(&name) { Ok(()) } else { Err(format!("\"{name}\" is no {what}")) }
}
