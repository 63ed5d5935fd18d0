//! Conversion of counts and week numbers to floating-point numbers.

/// A count of responses. Exact below 2^53, which no survey reaches.
#[expect(clippy::cast_precision_loss, reason = "a count of responses stays far below 2^53")]
pub(crate) fn of_count(count: u64) -> f64 {
    count as f64
}

/// A position in a table: a week or a cell.
#[expect(clippy::cast_precision_loss, reason = "a position in a table stays far below 2^53")]
pub(crate) fn of_index(index: usize) -> f64 {
    index as f64
}

/// The whole week that contains a point in time, limited to `0..=last`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float converts to the nearest week that exists, and not-a-number to week 0"
)]
pub(crate) fn week_of(moment_weeks: f64, last: usize) -> usize {
    (moment_weeks.floor() as usize).min(last)
}

/// The value limited to `low..=high`; `low` when it is not a number.
pub(crate) fn within(value: f64, low: f64, high: f64) -> f64 {
    if value.is_nan() { low } else { value.clamp(low, high) }
}
