//! What the API tells of runs and of the schedule.

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
    /// What started it, in words.
    pub fn trigger_text(&self) -> String {
        let job = self.job.as_deref().map(|job| format!("{}, ", job.to_lowercase())).unwrap_or_default();
        let full = if self.full { ", everything anew" } else { "" };
        let attempt = if self.attempt > 1 { format!(", attempt {}", self.attempt) } else { String::new() };
        format!("{job}{}{attempt}{full}", trigger(&self.trigger))
    }

    /// Where it stands, in words.
    pub fn state_text(&self) -> &'static str {
        match self.state.as_str() {
            "RUNNING" => "at work",
            "SUCCEEDED" if self.published => "published",
            "SUCCEEDED" => "done, reviews only",
            "FAILED" => "failed",
            "ABANDONED" => "its process went away",
            "CANCELLED" => "cancelled",
            _ => "unknown",
        }
    }

    /// True when somebody should look at it.
    pub fn has_failed(&self) -> bool {
        matches!(self.state.as_str(), "FAILED" | "ABANDONED")
    }
}

/// What started a run, in words.
fn trigger(code: &str) -> String {
    match code {
        "SCHEDULE" => "by the clock".to_owned(),
        "MANUAL" => "by a person".to_owned(),
        "CATCH_UP" => "caught up".to_owned(),
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
    /// How long all stages took.
    pub fn sum(&self) -> f64 {
        self.count + self.score + self.review + self.publish
    }

    /// The same in words.
    pub fn text(&self) -> String {
        format!("{:.1} s", self.sum())
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
    /// What started it, in words.
    pub fn trigger_text(&self) -> String {
        trigger(&self.trigger)
    }

    /// What it is at, in words.
    pub fn stage_text(&self) -> &'static str {
        match self.stage.as_deref() {
            Some("WAIT") => "waits until no other run publishes",
            Some("COUNT") => "counts the weeks that changed",
            Some("SCORE") => "scores the segments",
            Some("REVIEW") => "reviews the decisions",
            Some("PUBLISH") => "publishes",
            _ => "begins",
        }
    }

    /// How much of the stage is done, in percent.
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
    /// What it does, in words.
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
    /// What became of it, in words.
    pub fn state_text(&self) -> String {
        let state = match self.state.as_str() {
            "SUCCEEDED" => "published",
            "DUE" => "due",
            "RUNNING" => "at work",
            "FAILED" => "given up",
            "MISSED" => "missed",
            "CANCELLED" => "cancelled",
            _ => "unknown",
        };
        let caught_up = if self.is_catch_up { ", caught up" } else { "" };
        let attempts = if self.attempts > 1 { format!(", {} attempts", self.attempts) } else { String::new() };
        format!("{state}{caught_up}{attempts}")
    }
}
