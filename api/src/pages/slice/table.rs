//! The tables of a slice to download.

use super::{Bucket, Group};
use crate::pages::csv::{Cell, Table};
use crate::pages::told::Nps;

/// The breakdown.
pub fn groups(by: &str, groups: &[Group]) -> Table {
    let row = |group: &Group| {
        let value = group.key.first().and_then(|part| part.value.as_deref());
        let mut row = vec![Cell::from(by), Cell::from(value)];
        row.extend(cells(Some(&group.nps)));
        row.extend(cells(group.compared.as_ref()));
        row.extend([
            Cell::from(group.change),
            Cell::from(group.change_interval.map(|interval| interval.low)),
            Cell::from(group.change_interval.map(|interval| interval.high)),
            Cell::from(group.rate_effect),
            Cell::from(group.mix_effect),
        ]);
        row
    };
    Table {
        columns: &[
            "dimension",
            "value",
            "score",
            "low",
            "high",
            "answers",
            "compared_score",
            "compared_low",
            "compared_high",
            "compared_answers",
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
pub fn series(buckets: &[Bucket]) -> Table {
    let row = |bucket: &Bucket| {
        let days = [Cell::from(bucket.start), Cell::from(bucket.end)];
        days.into_iter().chain(cells(Some(&bucket.nps))).collect()
    };
    Table { columns: &["start", "end", "score", "low", "high", "answers"], rows: buckets.iter().map(row).collect() }
}

fn cells(nps: Option<&Nps>) -> [Cell; 4] {
    let interval = nps.and_then(|nps| nps.interval);
    [
        Cell::from(nps.and_then(|nps| nps.score)),
        Cell::from(interval.map(|interval| interval.low)),
        Cell::from(interval.map(|interval| interval.high)),
        Cell::from(nps.map(|nps| nps.responses)),
    ]
}
