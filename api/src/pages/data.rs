//! What the API tells, as far as several pages read it. The documents ask for exactly these fields.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::wording;

/// A Net Promoter Score with its denominator.
#[derive(Clone, Debug, Deserialize)]
pub struct NpsData {
    pub responses: u64,
    pub suppressed: bool,
    #[serde(default)]
    pub promoters: Option<u64>,
    #[serde(default)]
    pub passives: Option<u64>,
    #[serde(default)]
    pub detractors: Option<u64>,
    pub score: Option<f64>,
    pub interval: Option<IntervalData>,
}

/// A range of NPS points.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct IntervalData {
    pub low: f64,
    pub high: f64,
}

/// A segment by its key and name.
#[derive(Clone, Debug, Deserialize)]
pub struct SegmentNameData {
    pub key: String,
    pub name: String,
}

/// The name of a target, where none means every customer.
pub fn target_name(target: Option<&SegmentNameData>) -> &str {
    target.map_or("everyone", |segment| &segment.name)
}

/// What an owner expects.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ExpectationData {
    pub impact: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub level: f64,
}

/// A list's page.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeList<T> {
    pub nodes: Vec<T>,
}

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionStatusData {
    Planned,
    InEffect,
    Reviewed,
    Reversed,
    Cancelled,
}

impl DecisionStatusData {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::InEffect => "in effect",
            Self::Reviewed => "reviewed to the end",
            Self::Reversed => "reversed",
            Self::Cancelled => "cancelled before it took effect",
        }
    }
}

/// A comment and what is shown of its response.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuoteData {
    pub score: Option<u8>,
    pub comment: Option<String>,
    pub responded_at: DateTime<Utc>,
}

impl QuoteData {
    /// The day, in words.
    pub fn day(&self) -> String {
        wording::date(self.responded_at.date_naive())
    }
}
