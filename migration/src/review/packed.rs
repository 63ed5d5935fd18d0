//! The packed weekly series, version 1, as this migration writes and reads it: a byte with the version and the level of
//! the ranges, then 44 bytes a week, all little-endian; NaN represents a missing number.

use super::document::{DocumentRange, DocumentWeek};

const VERSION: u8 = 1;

/// Packs weeks; the error describes what is wrong with them.
pub fn pack(weeks: &[DocumentWeek]) -> Result<Vec<u8>, String> {
    let level = weeks.iter().find_map(|week| Some(week.expected_interval?.level));
    let mut packed = vec![VERSION];
    packed.extend(level.unwrap_or(f64::NAN).to_le_bytes());
    for week in weeks {
        let range = week.expected_interval;
        if range.is_some_and(|range| Some(range.level.to_bits()) != level.map(f64::to_bits)) {
            return Err("the intervals of its weeks have more than one level".to_owned());
        }
        packed.extend(week.start.to_le_bytes());
        packed.extend(week.responses.to_le_bytes());
        let ends = [range.map(|range| range.low), range.map(|range| range.high)];
        for value in [week.observed, week.expected].into_iter().chain(ends) {
            packed.extend(value.unwrap_or(f64::NAN).to_le_bytes());
        }
    }
    Ok(packed)
}

/// Unpacks weeks; the error describes what is wrong with them.
pub fn unpack(packed: &[u8]) -> Result<Vec<DocumentWeek>, String> {
    let damaged = || "its weekly series is damaged".to_owned();
    let (mut rest, mut weeks) = (packed, Vec::new());
    if take(&mut rest) != Some([VERSION]) {
        return Err(damaged());
    }
    let level = take(&mut rest).map(number).ok_or_else(damaged)?;
    while !rest.is_empty() {
        let start = take(&mut rest).map(i32::from_le_bytes).ok_or_else(damaged)?;
        let responses = take(&mut rest).map(u64::from_le_bytes).ok_or_else(damaged)?;
        let mut next = || take(&mut rest).map(number).ok_or_else(damaged);
        let (observed, expected, low, high) = (next()?, next()?, next()?, next()?);
        let expected_interval = match (low, high, level) {
            (None, None, _) => None,
            (Some(low), Some(high), Some(level)) => Some(DocumentRange { low, high, level }),
            _ => return Err(damaged()),
        };
        weeks.push(DocumentWeek { start, observed, expected, expected_interval, responses });
    }
    Ok(weeks)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn number(bytes: [u8; 8]) -> Option<f64> {
    Some(f64::from_le_bytes(bytes)).filter(|number| !number.is_nan())
}
