//! The tables of a slice to download.

use super::{SliceBucketData, SliceGroupData};
use crate::pages::csv::{CsvCell, CsvTable};
use crate::pages::data::NpsData;

/// The breakdown.
pub fn groups(by: &str, groups: &[SliceGroupData]) -> CsvTable {
    let row = |group: &SliceGroupData| {
        let value = group.key.first().and_then(|part| part.value.as_deref());
        let rest = group.is_rest().then(|| group.name(by));
        let mut row = vec![CsvCell::from(by), CsvCell::from(rest.as_deref().or(value))];
        row.extend(cells(Some(&group.nps)));
        row.extend(cells(group.compared.as_ref()));
        row.extend([
            CsvCell::from(group.change),
            CsvCell::from(group.change_interval.map(|interval| interval.low)),
            CsvCell::from(group.change_interval.map(|interval| interval.high)),
            CsvCell::from(group.rate_effect),
            CsvCell::from(group.mix_effect),
        ]);
        row
    };
    CsvTable {
        columns: &[
            "dimension",
            "value",
            "score",
            "low",
            "high",
            "responses",
            "compared_score",
            "compared_low",
            "compared_high",
            "compared_responses",
            "change",
            "change_low",
            "change_high",
            "rate_effect",
            "mix_effect",
        ],
        rows: groups.iter().map(row).collect(),
    }
}

/// The series.
pub fn series(buckets: &[SliceBucketData]) -> CsvTable {
    let row = |bucket: &SliceBucketData| {
        let days = [CsvCell::from(bucket.start), CsvCell::from(bucket.end)];
        days.into_iter().chain(cells(Some(&bucket.nps))).collect()
    };
    CsvTable {
        columns: &["start", "end", "score", "low", "high", "responses"],
        rows: buckets.iter().map(row).collect(),
    }
}

fn cells(nps: Option<&NpsData>) -> [CsvCell; 4] {
    let interval = nps.and_then(|nps| nps.interval);
    [
        CsvCell::from(nps.and_then(|nps| nps.score)),
        CsvCell::from(interval.map(|interval| interval.low)),
        CsvCell::from(interval.map(|interval| interval.high)),
        CsvCell::from(nps.map(|nps| nps.responses)),
    ]
}
