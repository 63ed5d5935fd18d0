//! Numbers and days as people read them.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::told::{Interval, Nps};

/// NPS points of a difference, with their sign: `+11.1`.
pub fn points(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    match rounded {
        rounded if rounded > 0.0 => format!("+{rounded:.1}"),
        rounded if rounded < 0.0 => format!("\u{2212}{:.1}", -rounded),
        _ => "0.0".to_owned(),
    }
}

/// The same of whole points without a decimal: `+9`.
pub fn short_points(value: f64) -> String {
    let text = points(value);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A score: `34.2`.
pub fn score(value: f64) -> String {
    points(value).trim_start_matches('+').to_owned()
}

/// The ends of a difference: `+4.4 to +17.6`.
pub fn range(interval: Interval) -> String {
    format!("{} to {}", points(interval.low), points(interval.high))
}

/// The ends of a score: `28.1 to 40.3`.
pub fn score_range(interval: Interval) -> String {
    format!("{} to {}", score(interval.low), score(interval.high))
}

/// A score with its interval and denominator, or why there is none.
pub fn nps(nps: &Nps) -> String {
    match (nps.score, nps.interval) {
        (Some(value), Some(interval)) => {
            format!("{} ({}, {})", score(value), score_range(interval), answers(nps.responses))
        }
        _ if nps.suppressed => "too few answers to be shown to your role".to_owned(),
        _ => "no answers".to_owned(),
    }
}

/// So many answers.
pub fn answers(count: u64) -> String {
    if count == 1 { "1\u{a0}answer".to_owned() } else { format!("{}\u{a0}answers", whole(count)) }
}

/// A whole number with thin spaces between thousands.
pub fn whole(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A day: `1 Jul 2024`.
pub fn date(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// A moment in a time zone: `Mon 1 Jul 2024, 05:00`.
pub fn moment(moment: DateTime<Utc>, zone: Tz) -> String {
    moment.with_timezone(&zone).format("%a %-d %b %Y, %H:%M").to_string()
}

/// A noun with its number.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A value as a page shows it, for templates.
pub trait Told {
    /// In words or figures.
    fn told(&self) -> String;
}

impl Told for NaiveDate {
    fn told(&self) -> String {
        date(*self)
    }
}

/// A score.
impl Told for f64 {
    fn told(&self) -> String {
        score(*self)
    }
}

/// The ends of a score.
impl Told for Interval {
    fn told(&self) -> String {
        score_range(*self)
    }
}

/// A number of things.
impl Told for u64 {
    fn told(&self) -> String {
        whole(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_with_their_signs_and_without_noise() {
        for (value, told) in [(11.06, "+11.1"), (-0.04, "0.0"), (-13.5, "\u{2212}13.5"), (0.0, "0.0"), (9.0, "+9.0")] {
            assert_eq!(points(value), told);
        }
        assert_eq!((short_points(9.0).as_str(), short_points(9.5).as_str()), ("+9", "+9.5"));
        assert_eq!((score(34.25).as_str(), score(-3.0).as_str()), ("34.3", "\u{2212}3.0"));
        assert_eq!((whole(999).as_str(), whole(51_000).as_str()), ("999", "51\u{202f}000"));
        assert_eq!(answers(1), "1\u{a0}answer");
    }
}
