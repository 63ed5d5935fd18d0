//! Numbers, days and times formatted for people: the same in reports, reviews, pages and on the command line.
//!
//! Scores and points have one decimal, a true minus sign and no negative zero; thousands are grouped by commas; a day
//! is written like `1 Jul 2024`. The sentences around them belong to the callers.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use entity::Day;

/// A number with the given decimals and a true minus sign.
fn decimal(value: f64, decimals: u8) -> String {
    let factor = 10_f64.powi(decimals.into());
    // Half away from zero, as people round: the formatter rounds half to even. Adding zero removes the sign of a
    // negative zero.
    let rounded = (value * factor).round() / factor + 0.0;
    format!("{rounded:.*}", usize::from(decimals)).replace('-', "\u{2212}")
}

/// A number with one decimal and its sign: `+1.5`.
pub fn signed(value: f64) -> String {
    let text = decimal(value, 1);
    let is_above_zero = !text.starts_with('\u{2212}') && text.contains(|letter| ('1'..='9').contains(&letter));
    if is_above_zero { format!("+{text}") } else { text }
}

/// A score: `34.2`.
pub fn score(value: f64) -> String {
    decimal(value, 1)
}

/// A difference in points, with its sign: `+11.1`.
pub fn points(value: f64) -> String {
    signed(value)
}

/// Points as entered by a person, whole ones without a decimal: `+9`.
pub fn short_points(value: f64) -> String {
    let text = points(value);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The ends of an interval of scores: `28.1 to 40.3`.
pub fn score_range(low: f64, high: f64) -> String {
    format!("{} to {}", score(low), score(high))
}

/// The ends of an interval of points: `+4.4 to +17.6`.
pub fn points_range(low: f64, high: f64) -> String {
    format!("{} to {}", points(low), points(high))
}

/// A number on an axis, without decimals.
pub fn whole(value: f64) -> String {
    decimal(value, 0)
}

/// A fraction as a percentage: `80 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", whole(100.0 * share))
}

/// A p-value with three decimals: `p = 0.032`; smaller ones as `p < 0.001`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", decimal(p, 3)) }
}

/// A number with its digits in groups of three: `51,182`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number and its noun: `1 week`, `1,200 weeks`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number of responses: `1 response`, `2,000 responses`.
pub fn responses(number: u64) -> String {
    counted(number, "response", "responses")
}

/// A day: `1 Jul 2024`.
pub fn date(day: impl Into<Day>) -> String {
    day.into().to_date().format("%-d %b %Y").to_string()
}

/// A day for a heading, with the month spelled out: `16 November 2026`.
pub fn long_date(day: Day) -> String {
    day.to_date().format("%-d %B %Y").to_string()
}

/// The month of a day: `March 2025`.
pub fn month(day: Day) -> String {
    day.to_date().format("%B %Y").to_string()
}

/// The days of a week from its Monday, for a heading: `16 to 22 November 2026`.
pub fn week(monday: Day) -> String {
    let (first, last) = (monday.to_date(), monday.plus_days(6).to_date());
    let start = if first.year() != last.year() {
        first.format("%-d %B %Y")
    } else if first.month() != last.month() {
        first.format("%-d %B")
    } else {
        first.format("%-d")
    };
    format!("{start} to {}", last.format("%-d %B %Y"))
}

/// A timestamp as the local time of a zone: `Mon 1 Jul 2024, 05:00`.
pub fn local_time(timestamp: DateTime<Utc>, zone: Tz) -> String {
    timestamp.with_timezone(&zone).format("%a %-d %b %Y, %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse::<NaiveDate>().expect("a date").into()
    }

    #[test]
    fn numbers_have_true_signs_and_no_minus_zero() {
        for (value, expected) in [(11.06, "+11.1"), (3.0, "+3.0"), (0.04, "0.0"), (-0.0, "0.0"), (-0.04, "0.0")] {
            assert_eq!(points(value), expected, "{value}");
        }
        assert_eq!([points(-13.5), points(-0.06)], ["\u{2212}13.5", "\u{2212}0.1"]);
        assert_eq!([score(-3.04), score(-0.04), score(24.25)], ["\u{2212}3.0", "0.0", "24.3"]);
        assert_eq!([short_points(9.0), short_points(9.5), short_points(-3.0)], ["+9", "+9.5", "\u{2212}3"]);
        assert_eq!([short_points(-0.04), whole(-0.4), whole(0.5), whole(-50.0)], ["0", "0", "1", "\u{2212}50"]);
        assert_eq!([percent(0.805), percent(-0.004), percent(-0.25)], ["81 %", "0 %", "\u{2212}25 %"]);
        assert_eq!([p_value(0.0316), p_value(1.0), p_value(0.0002)], ["p = 0.032", "p = 1.000", "p < 0.001"]);
        assert_eq!(points_range(-0.02, 4.4), "0.0 to +4.4");
        assert_eq!(score_range(-4.0, 4.4), "\u{2212}4.0 to 4.4");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([count(7), count(999), count(1_000), count(51_182)], ["7", "999", "1,000", "51,182"]);
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!([responses(0), responses(1), responses(1_301)], ["0 responses", "1 response", "1,301 responses"]);
    }

    #[test]
    fn a_day_has_its_year_and_a_week_names_no_month_or_year_twice() {
        assert_eq!([date(day("2026-11-02")), long_date(day("2026-11-02"))], ["2 Nov 2026", "2 November 2026"]);
        assert_eq!(month(day("2025-03-10")), "March 2025");
        assert_eq!(week(day("2026-11-16")), "16 to 22 November 2026");
        assert_eq!(week(day("2026-11-30")), "30 November to 6 December 2026");
        assert_eq!(week(day("2026-12-28")), "28 December 2026 to 3 January 2027");
        let timestamp = DateTime::parse_from_rfc3339("2024-07-01T09:00:00Z").expect("a time").to_utc();
        assert_eq!(local_time(timestamp, chrono_tz::America::New_York), "Mon 1 Jul 2024, 05:00");
    }
}
