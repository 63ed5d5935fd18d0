//! The weekly series of a review: a packed row in a separate table, which is read only when it is requested.
//!
//! The packed form is little-endian: one byte with the version, the level of the ranges as `f64`, then 44 bytes a week:
//! the Monday (`i32`, days since 1970-01-01), the responses (`u64`), and four `f64`: observed, expected, and both ends
//! of the expected range. NaN represents a missing number.

use sea_orm::entity::prelude::*;

use crate::Day;
use crate::decision_review::ReviewId;

/// The version of the packed form that this program writes.
const VERSION: u8 = 1;

/// Bytes before the first week.
const HEADER_BYTES: usize = 9;

/// Bytes of one week.
const WEEK_BYTES: usize = 44;

/// The weekly series of one review.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_series")]
pub struct Model {
    /// The review that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub review_id: ReviewId,
    /// The packed weeks; see [`ReviewSeries::unpack`].
    pub packed: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The weekly scores that a review's chart shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewSeries {
    /// The level of the expected ranges, 0 to 1; `None` when no week has a range.
    pub level: Option<f64>,
    /// The weeks, oldest first.
    pub weeks: Vec<SeriesWeek>,
}

/// One week of the target's score, in NPS points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeriesWeek {
    /// The Monday with which the week begins.
    pub start: Day,
    /// The target's scored responses of the week.
    pub responses: u64,
    /// The observed score, adjusted for changes in who responded; `None` without responses.
    pub observed: Option<f64>,
    /// The score to be expected without the decision; `None` where nothing could be estimated.
    pub expected: Option<f64>,
    /// The low and the high end of the expected score; `None` where nothing could be estimated.
    pub expected_range: Option<(f64, f64)>,
}

/// Why packed bytes cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// There is no row of it.
    #[error("it is not stored")]
    Absent,
    /// The header is incomplete, or the last week is cut off.
    #[error("{0} bytes are no whole number of weeks")]
    Length(usize),
    /// A version that this program does not read.
    #[error("version {0} is unknown")]
    Version(u8),
    /// A week has only one end of a range, or a range without a level.
    #[error("week {0} has an incomplete range")]
    Range(usize),
}

impl ReviewSeries {
    /// The packed form. Numbers that are not finite become missing ones.
    pub fn pack(&self) -> Vec<u8> {
        let number = |number: Option<f64>| number.filter(|number| number.is_finite()).unwrap_or(f64::NAN).to_le_bytes();
        let mut packed = Vec::with_capacity(HEADER_BYTES + WEEK_BYTES * self.weeks.len());
        packed.push(VERSION);
        packed.extend(number(self.level));
        for week in &self.weeks {
            packed.extend(week.start.0.to_le_bytes());
            packed.extend(week.responses.to_le_bytes());
            let (low, high) = week.expected_range.unzip();
            for value in [week.observed, week.expected, low, high] {
                packed.extend(number(value));
            }
        }
        packed
    }

    /// Reads the packed form; fails when it is damaged or of another version.
    pub fn unpack(packed: &[u8]) -> Result<Self, SeriesError> {
        let length = || SeriesError::Length(packed.len());
        let mut rest = packed;
        let [version] = take(&mut rest).ok_or_else(length)?;
        if version != VERSION {
            return Err(SeriesError::Version(version));
        }
        let level = take(&mut rest).map(number).ok_or_else(length)?;
        let mut weeks = Vec::with_capacity(rest.len() / WEEK_BYTES);
        while !rest.is_empty() {
            let week = SeriesWeek {
                start: Day(take(&mut rest).map(i32::from_le_bytes).ok_or_else(length)?),
                responses: take(&mut rest).map(u64::from_le_bytes).ok_or_else(length)?,
                observed: take(&mut rest).map(number).ok_or_else(length)?,
                expected: take(&mut rest).map(number).ok_or_else(length)?,
                expected_range: match [take(&mut rest), take(&mut rest)] {
                    [Some(low), Some(high)] => match (number(low), number(high)) {
                        (Some(low), Some(high)) if level.is_some() => Some((low, high)),
                        (None, None) => None,
                        _ => return Err(SeriesError::Range(weeks.len())),
                    },
                    _ => return Err(length()),
                },
            };
            weeks.push(week);
        }
        Ok(Self { level, weeks })
    }
}

/// The next bytes; `None` when fewer are left.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn number(bytes: [u8; 8]) -> Option<f64> {
    Some(f64::from_le_bytes(bytes)).filter(|number| !number.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> ReviewSeries {
        let week = SeriesWeek {
            start: Day(19_904),
            responses: 0,
            observed: None,
            expected: Some(-0.1),
            expected_range: Some((-12.5, 1.0 / 3.0)),
        };
        let bare = SeriesWeek { start: Day(19_911), expected: None, expected_range: None, ..week };
        ReviewSeries {
            level: Some(0.95),
            weeks: vec![week, SeriesWeek { observed: Some(100.0), responses: 7, ..bare }],
        }
    }

    #[test]
    fn a_series_is_read_as_it_was_packed() {
        let packed = series().pack();
        assert_eq!(packed.len(), HEADER_BYTES + 2 * WEEK_BYTES);
        assert_eq!(ReviewSeries::unpack(&packed), Ok(series()));
        let empty = ReviewSeries::default();
        assert_eq!(ReviewSeries::unpack(&empty.pack()), Ok(empty));
    }

    #[test]
    fn damaged_bytes_are_no_series() {
        let packed = series().pack();
        assert_eq!(ReviewSeries::unpack(&[]), Err(SeriesError::Length(0)));
        assert_eq!(ReviewSeries::unpack(&packed[..60]), Err(SeriesError::Length(60)));
        assert_eq!(ReviewSeries::unpack(&[&[9], &packed[1..]].concat()), Err(SeriesError::Version(9)));
        let mut half = packed.clone();
        half[45..53].copy_from_slice(&f64::NAN.to_le_bytes());
        assert_eq!(ReviewSeries::unpack(&half), Err(SeriesError::Range(0)));
        let without_level = ReviewSeries { level: None, ..series() }.pack();
        assert_eq!(ReviewSeries::unpack(&without_level), Err(SeriesError::Range(0)));
    }
}
