//! A decision for the tests of reviews.

use entity::decision::{DecisionId, Model as DecisionRow};
use entity::{Day, Timestamp};

/// A day like `2024-07-01`.
pub fn day(text: &str) -> Day {
    text.parse::<chrono::NaiveDate>().expect("a date").into()
}

/// A decision for everybody, logged and recorded long ago.
pub fn decision(id: i64, takes_effect_on: Day, horizon_weeks: i32) -> DecisionRow {
    DecisionRow {
        id: DecisionId(id),
        external_id: id.to_string(),
        title: "t".to_owned(),
        rationale: None,
        owner: "o".to_owned(),
        logged_at: Timestamp(0),
        recorded_at: Timestamp(0),
        takes_effect_on,
        horizon_weeks,
        segment_id: None,
        definition_id: None,
        expected_impact: 5.0,
        expected_low: None,
        expected_high: None,
        expected_level: 0.8,
        reversed_on: None,
        reversal_reason: None,
        reversal_recorded_at: None,
        cancelled: false,
    }
}
