//! How pages write scores. Numbers, days and times are written by [`needle_rules::wording`].

use chrono::NaiveDate;

use super::data::{DayRangeData, IntervalData, NpsData, ScoreChangeData};

pub use needle_rules::wording::{count, counted, date, local_time, percent, points, score, short_points};

/// The ends of a difference: `+4.4 to +17.6`.
pub fn range(interval: IntervalData) -> String {
    needle_rules::wording::points_range(interval.low, interval.high)
}

/// Days from the first to the last: `2 Nov 2026 to 31 Jan 2027`.
pub fn days(days: DayRangeData) -> String {
    let last = days.until.pred_opt().unwrap_or(days.until);
    format!("{} to {}", date(days.from), date(last))
}

/// A change of a score with its interval: `fell by 3.1 (-5.0 to -1.2)`.
pub fn change(change: ScoreChangeData) -> String {
    format!("{} ({})", movement(change), range(change.interval))
}

/// A change of a score in words, where its interval excludes zero: `fell by 3.1`, else `-0.4`.
pub fn movement(change: ScoreChangeData) -> String {
    let points = points(change.points);
    let size = points.trim_start_matches(['+', '\u{2212}']);
    if change.interval.low > 0.0 {
        format!("rose by {size}")
    } else if change.interval.high < 0.0 {
        format!("fell by {size}")
    } else {
        points
    }
}

/// The ends of a score: `28.1 to 40.3`.
pub fn score_range(interval: IntervalData) -> String {
    needle_rules::wording::score_range(interval.low, interval.high)
}

/// A number of responses with a non-breaking space, so that narrow columns keep it on one line.
pub fn responses(number: u64) -> String {
    needle_rules::wording::responses(number).replace(' ', "\u{a0}")
}

/// A score with its interval and denominator, or why there is none.
pub fn nps(nps: &NpsData) -> String {
    match (nps.score, nps.interval) {
        (Some(value), Some(interval)) => {
            format!("{} ({}, {})", score(value), score_range(interval), responses(nps.responses))
        }
        _ if nps.suppressed => "too few responses to be shown to your role".to_owned(),
        _ => "no responses".to_owned(),
    }
}

/// A value as a page shows it, for templates.
pub trait DisplayText {
    /// The value as text.
    fn text(&self) -> String;
}

impl DisplayText for NaiveDate {
    fn text(&self) -> String {
        date(*self)
    }
}

/// A score.
impl DisplayText for f64 {
    fn text(&self) -> String {
        score(*self)
    }
}

/// The ends of a score.
impl DisplayText for IntervalData {
    fn text(&self) -> String {
        score_range(*self)
    }
}

/// A change of a score, without its interval.
impl DisplayText for ScoreChangeData {
    fn text(&self) -> String {
        movement(*self)
    }
}

/// A number of things.
impl DisplayText for u64 {
    fn text(&self) -> String {
        count(*self)
    }
}
