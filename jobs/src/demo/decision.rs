//! A decision as its owner logged it, together with its true effect. The twelve decisions are listed
//! in the portfolio.

use chrono::{Days, NaiveDate};
use entity::ScoreCategory;
use serde_json::{Value, json};

use super::TrueEffect;
use super::segment::{DemoProfile, DemoSegment};

/// Customers mention effects from this size on, in points.
const WORTH_TALKING_POINTS: f64 = 3.0;

pub(super) struct DemoDecision {
    pub(super) external_id: &'static str,
    pub(super) title: &'static str,
    pub(super) rationale: &'static str,
    pub(super) owner: &'static str,
    /// The targeted segment; `None` for everybody.
    pub(super) target: Option<DemoSegment>,
    pub(super) takes_effect_on: NaiveDate,
    pub(super) horizon_weeks: u32,
    pub(super) logged_days_before: u32,
    pub(super) expected: DemoForecast,
    /// The true change of the expected score of everybody in the target, in points, from the day it
    /// takes effect.
    pub(super) effect_points: f64,
    pub(super) note: &'static str,
    /// Sentences about it for comments of customers in the target.
    pub(super) remarks: &'static [&'static str],
}

/// The owner's forecast in points: the impact, and its 80 % range.
#[derive(Clone, Copy)]
pub(super) struct DemoForecast {
    pub(super) low: f64,
    pub(super) impact: f64,
    pub(super) high: f64,
}

impl DemoForecast {
    pub(super) fn between(low: f64, impact: f64, high: f64) -> Self {
        Self { low, impact, high }
    }
}

impl DemoDecision {
    /// The points that this decision adds to a response of that day: all of its effect or nothing.
    pub(super) fn points(&self, profile: DemoProfile<'_>, date: NaiveDate) -> f64 {
        if self.reaches(profile, date) { self.effect_points } else { 0.0 }
    }

    pub(super) fn reaches(&self, profile: DemoProfile<'_>, date: NaiveDate) -> bool {
        date >= self.takes_effect_on && self.target.as_ref().is_none_or(|segment| segment.matches(profile))
    }

    /// The category whose comments mention it: promoters mention improvements, detractors harm, and
    /// passives what made no difference.
    pub(super) fn mentioned_by(&self) -> ScoreCategory {
        if self.effect_points >= WORTH_TALKING_POINTS {
            ScoreCategory::Promoter
        } else if self.effect_points <= -WORTH_TALKING_POINTS {
            ScoreCategory::Detractor
        } else {
            ScoreCategory::Passive
        }
    }

    pub(super) fn truth(&self) -> TrueEffect {
        TrueEffect { decision: self.external_id.to_owned(), effect: self.effect_points, note: self.note }
    }

    fn logged_on(&self) -> NaiveDate {
        let days = Days::new(u64::from(self.logged_days_before));
        self.takes_effect_on.checked_sub_days(days).unwrap_or(self.takes_effect_on)
    }

    fn json(&self) -> Value {
        json!({
            "externalId": self.external_id,
            "title": self.title,
            "rationale": self.rationale,
            "owner": self.owner,
            "targetSegmentKey": self.target.as_ref().map(|segment| segment.key),
            "takesEffectOn": self.takes_effect_on.to_string(),
            "horizonWeeks": self.horizon_weeks,
            "expectedImpact": self.expected.impact,
            "expectedLow": self.expected.low,
            "expectedHigh": self.expected.high,
            "loggedAt": format!("{}T09:30:00Z", self.logged_on()),
        })
    }
}

/// The decisions as `decisions.json`.
pub(super) fn to_json(decisions: &[DemoDecision]) -> Vec<u8> {
    format!("{:#}\n", Value::Array(decisions.iter().map(DemoDecision::json).collect())).into_bytes()
}
