//! Data of the API on one decision.

use chrono::{DateTime, NaiveDate, Utc};
use entity::verdict::{ExpectationOutcome, ReviewMethod, StoredCaveat, Verdict};
use serde::Deserialize;
use serde_json::Value;

use crate::pages::data::{
    DayRangeData, DecisionStatusData, ExpectationData, IntervalData, NodeList, NpsData, ScoreChangeData,
    SegmentNameData,
};
use crate::pages::wording;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionData {
    pub title: String,
    pub rationale: Option<String>,
    pub owner: String,
    pub logged_at: DateTime<Utc>,
    pub takes_effect_on: NaiveDate,
    pub horizon_weeks: u32,
    pub status: DecisionStatusData,
    pub retrospective: bool,
    pub reversed_on: Option<NaiveDate>,
    pub reversal_planned_on: Option<NaiveDate>,
    pub reversal_reason: Option<String>,
    pub target: Option<DecisionTargetData>,
    pub expectation: ExpectationData,
    pub review: Option<DecisionReviewData>,
    pub reviews: NodeList<ReviewSummaryData>,
    pub overlapping: Vec<OverlappingDecisionData>,
}

impl DecisionData {
    /// The target by key and name; `None` means every customer.
    pub fn named(&self) -> Option<SegmentNameData> {
        self.target.as_ref().map(|target| SegmentNameData { key: target.key.clone(), name: target.name.clone() })
    }

    /// The first day of effect, like `2 Nov 2026`.
    pub fn since(&self) -> String {
        wording::date(self.takes_effect_on)
    }
}

#[derive(Deserialize)]
pub struct DecisionTargetData {
    pub key: String,
    pub name: String,
    pub filter: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionReviewData {
    pub as_of: NaiveDate,
    pub r#final: bool,
    pub verdict: Verdict,
    pub effect: Option<f64>,
    pub interval: Option<IntervalData>,
    pub method: Option<ReviewMethod>,
    pub expectation_outcome: ExpectationOutcome,
    pub smallest_detectable_effect: Option<f64>,
    pub decidable_by: Option<NaiveDate>,
    pub equivalence_margin: f64,
    pub contradicted: bool,
    pub before_during: Option<DayRangeData>,
    pub after_during: Option<DayRangeData>,
    pub change: Option<ScoreChangeData>,
    pub comparison_change: Option<ScoreChangeData>,
    pub before: NpsData,
    pub after: NpsData,
    pub comparison_before: Option<NpsData>,
    pub comparison_after: Option<NpsData>,
    pub caveats: Vec<StoredCaveat>,
    pub series: Vec<ReviewWeekData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewWeekData {
    pub start: NaiveDate,
    pub observed: Option<f64>,
    pub expected: Option<f64>,
    pub expected_interval: Option<IntervalData>,
    pub responses: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewSummaryData {
    pub as_of: NaiveDate,
    pub r#final: bool,
    pub verdict: Verdict,
    pub effect: Option<f64>,
    pub interval: Option<IntervalData>,
    pub expectation_outcome: ExpectationOutcome,
    pub after: ResponseCountData,
}

#[derive(Deserialize)]
pub struct ResponseCountData {
    pub responses: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverlappingDecisionData {
    pub external_id: String,
    pub title: String,
    pub owner: String,
    pub takes_effect_on: NaiveDate,
    pub target: Option<SegmentNameData>,
}
