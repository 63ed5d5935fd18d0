//! What the API tells, as far as several pages read it. The documents ask for exactly these fields.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::wording;

/// A Net Promoter Score with its denominator.
#[derive(Clone, Debug, Deserialize)]
pub struct Nps {
    pub responses: u64,
    pub suppressed: bool,
    #[serde(default)]
    pub promoters: Option<u64>,
    #[serde(default)]
    pub passives: Option<u64>,
    #[serde(default)]
    pub detractors: Option<u64>,
    pub score: Option<f64>,
    pub interval: Option<Interval>,
}

/// A range of NPS points.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// A segment by its key and name.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    pub key: String,
    pub name: String,
}

/// The name of a target, where none means every customer.
pub fn target_name(target: Option<&Named>) -> &str {
    target.map_or("everyone", |segment| &segment.name)
}

/// What an owner expects.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Expectation {
    pub impact: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub level: f64,
}

/// A list's page.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Nodes<T> {
    pub nodes: Vec<T>,
}

/// What a review concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    MovedUp,
    MovedDown,
    DidNotMove,
    TooEarly,
    NotEnoughData,
    Confounded,
}

impl Verdict {
    pub const ALL: [Self; 6] =
        [Self::MovedUp, Self::MovedDown, Self::DidNotMove, Self::TooEarly, Self::NotEnoughData, Self::Confounded];

    /// As the API writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MovedUp => "MOVED_UP",
            Self::MovedDown => "MOVED_DOWN",
            Self::DidNotMove => "DID_NOT_MOVE",
            Self::TooEarly => "TOO_EARLY",
            Self::NotEnoughData => "NOT_ENOUGH_DATA",
            Self::Confounded => "CONFOUNDED",
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::MovedUp => "moved up",
            Self::MovedDown => "moved down",
            Self::DidNotMove => "did not move",
            Self::TooEarly => "too early",
            Self::NotEnoughData => "not enough data",
            Self::Confounded => "confounded",
        }
    }

    /// The class of its colour.
    pub const fn class(self) -> &'static str {
        match self {
            Self::MovedUp => "up",
            Self::MovedDown => "down",
            Self::DidNotMove => "flat",
            Self::TooEarly => "early",
            Self::NotEnoughData => "unknown",
            Self::Confounded => "confounded",
        }
    }

    /// Its shape as the path of a drawing 16 units wide and high: no verdict is told by colour alone.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::MovedUp => "M8 2 15 14H1z",
            Self::MovedDown => "M8 14 1 2h14z",
            Self::DidNotMove => "M1 5h14v6H1z",
            Self::TooEarly => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2z",
            Self::NotEnoughData => "M8 1l7 7-7 7-7-7zm0 3.4L4.4 8 8 11.6 11.6 8z",
            Self::Confounded => "M3 1l5 5 5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5z",
        }
    }
}

/// How an expectation came true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    Exceeded,
    Met,
    Missed,
    Undetermined,
}

impl Outcome {
    /// In words; nothing where it cannot be told.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Exceeded => Some("beyond what was expected"),
            Self::Met => Some("as expected"),
            Self::Missed => Some("short of what was expected"),
            Self::Undetermined => None,
        }
    }
}

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Planned,
    InEffect,
    Reviewed,
    Reversed,
    Cancelled,
}

impl Status {
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
pub struct Quote {
    pub score: Option<u8>,
    pub comment: Option<String>,
    pub responded_at: DateTime<Utc>,
}

impl Quote {
    /// The day, in words.
    pub fn day(&self) -> String {
        wording::date(self.responded_at.date_naive())
    }
}
