//! Short forms of values for tests.

use entity::{Attributes, Day, Filter, Timestamp};

/// Attributes from pairs of name and value.
pub fn attributes<const N: usize>(pairs: [(&str, &str); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A day like `2024-07-01`.
pub fn day(text: &str) -> Day {
    text.parse::<chrono::NaiveDate>().expect("a date").into()
}

/// A timestamp like `2024-07-01T09:30:00Z`.
pub fn timestamp(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).expect("a timestamp").to_utc().into()
}

/// A filter from its JSON.
pub fn filter(json: serde_json::Value) -> Filter {
    serde_json::from_value(json).expect("a filter")
}

/// The reporting calendar of most tests.
pub const UTC: entity::Calendar = entity::Calendar { zone: chrono_tz::UTC };
