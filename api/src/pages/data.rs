//! Data of the API that several pages show. The documents of the pages select exactly these fields.

use chrono::{DateTime, NaiveDate, Utc};
use needle_stats::interval::{ConfidenceInterval, mover_difference};
use serde::Deserialize;

use super::wording;

/// The level of the intervals of scores.
const LEVEL: f64 = 0.95;

/// A Net Promoter Score with its counts. A suppressed one has no score, because the role may not see small groups.
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

/// Days from the first to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct DayRangeData {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

/// The difference of two scores.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ScoreChangeData {
    pub points: f64,
    pub interval: IntervalData,
}

impl ScoreChangeData {
    /// The change from one score to another of disjoint responses, with the interval that the API gives such changes; `None`
    /// unless both are shown.
    pub fn between(earlier: &NpsData, later: &NpsData) -> Option<Self> {
        let measured = |nps: &NpsData| {
            let IntervalData { low, high } = nps.interval?;
            Some((nps.score?, ConfidenceInterval { low, high, level: LEVEL }))
        };
        let (earlier, later) = measured(earlier).zip(measured(later))?;
        let interval = mover_difference(later, earlier);
        let interval = IntervalData { low: interval.low, high: interval.high };
        Some(Self { points: later.0 - earlier.0, interval })
    }
}

/// A range of NPS points.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct IntervalData {
    pub low: f64,
    pub high: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SegmentNameData {
    pub key: String,
    pub name: String,
}

/// The name of a target; "everyone" for `None`.
pub fn target_name(target: Option<&SegmentNameData>) -> &str {
    target.map_or("everyone", |segment| &segment.name)
}

/// The effect that the owner of a decision expects, in NPS points; `level` is the probability of the range.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ExpectationData {
    pub impact: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub level: f64,
}

/// The nodes of a connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeList<T> {
    pub nodes: Vec<T>,
}

impl<T> Default for NodeList<T> {
    fn default() -> Self {
        Self { nodes: Vec::new() }
    }
}

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
    /// True when the decision is no longer in effect because somebody reversed it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Reversed | Self::Cancelled)
    }

    /// The status as the pages show it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::InEffect => "in effect",
            Self::Reviewed => "fully reviewed",
            Self::Reversed => "reversed",
            Self::Cancelled => "cancelled before it took effect",
        }
    }
}

/// A comment with the score and the time of its response; `None` where the role may not read it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuoteData {
    pub score: Option<u8>,
    pub comment: Option<String>,
    pub responded_at: DateTime<Utc>,
}

impl QuoteData {
    /// The day of the response in UTC, like `2 Nov 2026`.
    pub fn day(&self) -> String {
        wording::date(self.responded_at.date_naive())
    }
}
