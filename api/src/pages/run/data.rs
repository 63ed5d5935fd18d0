//! Data of the API on runs and the schedule, and its words.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunData {
    pub trigger: String,
    pub job: Option<String>,
    pub attempt: u32,
    pub as_of: NaiveDate,
    pub full: bool,
    pub state: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub published: bool,
    pub responses_seen: u64,
    pub weeks_counted: u64,
    pub segments_scored: u64,
    pub decisions_reviewed: u64,
    pub error: Option<String>,
    pub seconds: Option<RunSecondsData>,
}

impl RunData {
    /// What started it, like `weekly, scheduled, attempt 2, full rebuild`.
    pub fn trigger_text(&self) -> String {
        let job = self.job.as_deref().map(|job| format!("{}, ", job.to_lowercase())).unwrap_or_default();
        let full = if self.full { ", full rebuild" } else { "" };
        let attempt = if self.attempt > 1 { format!(", attempt {}", self.attempt) } else { String::new() };
        format!("{job}{}{attempt}{full}", trigger(&self.trigger))
    }

    /// Its state as the pages show it.
    pub fn state_text(&self) -> &'static str {
        match self.state.as_str() {
            "RUNNING" => "running",
            "SUCCEEDED" if self.published => "published",
            "SUCCEEDED" => "done, reviews only",
            "FAILED" => "failed",
            "ABANDONED" => "abandoned: its process ended",
            "CANCELLED" => "cancelled",
            _ => "unknown",
        }
    }

    /// True when it ended without success and was not cancelled.
    pub fn has_failed(&self) -> bool {
        matches!(self.state.as_str(), "FAILED" | "ABANDONED")
    }
}

/// The trigger of a run as the pages show it.
fn trigger(code: &str) -> String {
    match code {
        "SCHEDULE" => "scheduled".to_owned(),
        "MANUAL" => "manual".to_owned(),
        "CATCH_UP" => "catch-up".to_owned(),
        "REPLAY" => "replay of the past".to_owned(),
        other => other.to_lowercase(),
    }
}

#[derive(Deserialize)]
pub struct RunSecondsData {
    count: f64,
    score: f64,
    review: f64,
    publish: f64,
}

impl RunSecondsData {
    /// The duration of all stages, in seconds.
    pub fn sum(&self) -> f64 {
        self.count + self.score + self.review + self.publish
    }

    /// The same as a text, like `1.5 s`.
    pub fn text(&self) -> String {
        format!("{} s", needle_rules::wording::score(self.sum()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveRunData {
    pub id: String,
    pub trigger: String,
    pub as_of: NaiveDate,
    pub stage: Option<String>,
    pub share_done: Option<f64>,
    pub cancel_requested: bool,
    pub state: String,
    pub started_at: DateTime<Utc>,
}

impl ActiveRunData {
    /// What started it.
    pub fn trigger_text(&self) -> String {
        trigger(&self.trigger)
    }

    /// Its stage, as the end of a sentence that begins with "It".
    pub fn stage_text(&self) -> &'static str {
        match self.stage.as_deref() {
            Some("WAIT") => "is waiting until no other run publishes",
            Some("COUNT") => "is counting the weeks that changed",
            Some("SCORE") => "is scoring the segments",
            Some("REVIEW") => "is reviewing the decisions",
            Some("PUBLISH") => "is publishing",
            _ => "is starting",
        }
    }

    /// How much of the stage is done, in percent; `None` when that is unknown.
    pub fn percent(&self) -> Option<String> {
        self.share_done.map(|share| format!("{:.0}", share * 100.0))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleData {
    pub job: String,
    pub expression: String,
    pub time_zone: String,
    pub next_slots: Vec<DateTime<Utc>>,
    pub slots: Vec<SlotData>,
}

impl ScheduleData {
    /// What the job computes.
    pub fn job_text(&self) -> &'static str {
        match self.job.as_str() {
            "WEEKLY" => "Scores and reviews",
            "DAILY" => "Scores",
            _ => "Others",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlotData {
    #[serde(rename = "slot")]
    pub at: DateTime<Utc>,
    pub state: String,
    pub is_catch_up: bool,
    pub attempts: u32,
    pub error: Option<String>,
}

impl SlotData {
    /// Its outcome, like `published, caught up, 2 attempts`.
    pub fn state_text(&self) -> String {
        let state = match self.state.as_str() {
            "SUCCEEDED" => "published",
            "DUE" => "due",
            "RUNNING" => "running",
            "FAILED" => "failed",
            "MISSED" => "missed",
            "CANCELLED" => "cancelled",
            _ => "unknown",
        };
        let caught_up = if self.is_catch_up { ", caught up" } else { "" };
        let attempts = if self.attempts > 1 { format!(", {} attempts", self.attempts) } else { String::new() };
        format!("{state}{caught_up}{attempts}")
    }
}
