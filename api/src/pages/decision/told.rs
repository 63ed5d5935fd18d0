//! What the API tells of one decision.

use chrono::{DateTime, NaiveDate, Utc};
use entity::verdict::{Caveat, ExpectationOutcome, ReviewMethod, Verdict};
use serde::Deserialize;
use serde_json::Value;

use crate::pages::told::{Expectation, Interval, Named, Nodes, Nps, Status};
use crate::pages::wording;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    pub title: String,
    pub rationale: Option<String>,
    pub owner: String,
    pub logged_at: DateTime<Utc>,
    pub takes_effect_on: NaiveDate,
    pub horizon_weeks: u32,
    pub status: Status,
    pub retrospective: bool,
    pub reversed_on: Option<NaiveDate>,
    pub reversal_reason: Option<String>,
    pub target: Option<Target>,
    pub expectation: Expectation,
    pub review: Option<Review>,
    pub reviews: Nodes<Look>,
    pub overlapping: Vec<Overlapping>,
}

impl Decision {
    /// The target by key and name; none means every customer.
    pub fn named(&self) -> Option<Named> {
        self.target.as_ref().map(|target| Named { key: target.key.clone(), name: target.name.clone() })
    }

    /// The first day of effect, in words.
    pub fn since(&self) -> String {
        wording::date(self.takes_effect_on)
    }
}

#[derive(Deserialize)]
pub struct Target {
    pub key: String,
    pub name: String,
    pub filter: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    pub as_of: NaiveDate,
    pub r#final: bool,
    pub verdict: Verdict,
    pub effect: Option<f64>,
    pub interval: Option<Interval>,
    pub method: Option<ReviewMethod>,
    pub expectation_outcome: ExpectationOutcome,
    pub smallest_detectable_effect: Option<f64>,
    pub decidable_by: Option<NaiveDate>,
    pub before: Nps,
    pub after: Nps,
    pub comparison_before: Option<Nps>,
    pub comparison_after: Option<Nps>,
    pub caveats: Vec<Caveat>,
    pub series: Vec<Week>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Week {
    pub start: NaiveDate,
    pub observed: Option<f64>,
    pub expected: Option<f64>,
    pub expected_interval: Option<Interval>,
    pub responses: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    pub as_of: NaiveDate,
    pub r#final: bool,
    pub verdict: Verdict,
    pub effect: Option<f64>,
    pub interval: Option<Interval>,
    pub expectation_outcome: ExpectationOutcome,
    pub after: Answers,
}

#[derive(Deserialize)]
pub struct Answers {
    pub responses: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overlapping {
    pub external_id: String,
    pub title: String,
    pub owner: String,
    pub takes_effect_on: NaiveDate,
    pub target: Option<Named>,
}
