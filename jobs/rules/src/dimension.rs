//! Which attributes are sliceable: how operators list them and override the limit on values.
//!
//! An operator's decision is stored and overrides the limit on values in both directions. It moves values between
//! profiles and response details in one transaction; the next run counts the affected weeks again.

mod limits;
mod registry;

use std::collections::BTreeMap;

use entity::dimension::Model as DimensionRow;
use entity::{Database, StoreError, filter, store};
use serde::Serialize;

use crate::problem::{InputProblem, ProblemCode};
use crate::segment::{ChangeError, unknown_attribute};

pub use limits::AttributeLimits;
pub use registry::DimensionTracker;

/// What determined whether an attribute is sliceable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SliceabilityOrigin {
    /// The number of its values, compared with the limit.
    Limit,
    /// An operator, with `needle dimension promote` or `demote`.
    Operator,
}

/// One attribute in the list for operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DimensionSummary {
    /// The attribute's name.
    pub name: String,
    /// True when its values are part of profiles; false when they are stored in the response details.
    pub sliceable: bool,
    /// What determined that.
    pub decided_by: SliceabilityOrigin,
    /// How many distinct values there are.
    pub distinct_values: i64,
    /// True when every value so far is a number.
    pub numeric: bool,
    /// How many responses have it, with and without a score.
    pub responses: i64,
    /// The derived dimensions that store conditions on it in profiles; empty for a sliceable attribute.
    pub predicates: Vec<String>,
}

/// The result of an operator's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DimensionChange {
    /// The attribute's name.
    pub name: String,
    /// True when the attribute is sliceable now, once a run has counted.
    pub sliceable: bool,
    /// False when an operator had decided the same before.
    pub changed: bool,
    /// True when values were moved; false when only the decision was stored.
    pub moved: bool,
    /// How many responses have it.
    pub responses: i64,
    /// How many profiles contain it: the number that a run and a slice have to read.
    pub profiles: u64,
}

/// All attributes, by name.
pub async fn list(database: &Database) -> Result<Vec<DimensionSummary>, StoreError> {
    let snapshot = database.begin_snapshot().await?;
    let mut rows = store::dimension::all(&snapshot).await?;
    let holders = store::dimension::uses(&snapshot).await?;
    let mut predicates: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in store::derived_dimension::all(&snapshot).await? {
        let question = row.condition().map(|condition| condition.to_string());
        predicates.entry(row.name).or_default().extend(question);
    }
    snapshot.rollback().await?;
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let listed = |row: DimensionRow| {
        let held = holders.get(&row.name).copied().unwrap_or_default();
        let in_details = held.values_in_details.filter(|_| row.kept_out);
        DimensionSummary {
            sliceable: !row.kept_out,
            decided_by: if row.pinned { SliceabilityOrigin::Operator } else { SliceabilityOrigin::Limit },
            distinct_values: in_details.unwrap_or(0).max(row.distinct_values.into()),
            numeric: row.numeric,
            responses: held.responses,
            predicates: predicates.remove(&row.name).unwrap_or_default(),
            name: row.name,
        }
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// Makes an attribute part of profiles, however many values it has.
pub async fn promote(database: &Database, name: &str) -> Result<DimensionChange, ChangeError> {
    decide(database, name, false).await
}

/// Moves an attribute's values to the response details, however few there are.
pub async fn demote(database: &Database, name: &str) -> Result<DimensionChange, ChangeError> {
    decide(database, name, true).await
}

async fn decide(database: &Database, name: &str, high_cardinality: bool) -> Result<DimensionChange, ChangeError> {
    let transaction = database.begin_write().await?;
    let rows = store::dimension::all(&transaction).await?;
    let Some(row) = rows.iter().find(|row| row.name == name).cloned() else { return Err(unknown(name, &rows).into()) };
    let moved = row.kept_out != high_cardinality;
    let changed = moved || !row.pinned;
    if changed {
        let mut row = DimensionRow { kept_out: high_cardinality, pinned: true, ..row };
        if moved && high_cardinality {
            store::reintern::demote(&transaction, name).await?;
        } else if moved {
            store::reintern::promote(&transaction, name).await?;
            (row.numeric, row.distinct_values) = values(&transaction, name).await?;
        }
        store::dimension::put(&transaction, vec![row]).await?;
    }
    let profiles = store::profile::count_holding(&transaction, name).await?;
    let responses = store::dimension::uses(&transaction).await?.get(name).copied().unwrap_or_default().responses;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(DimensionChange { name: name.to_owned(), sliceable: !high_cardinality, changed, moved, responses, profiles })
}

/// Whether all values of an attribute are numbers, and how many distinct ones there are.
async fn values(transaction: &entity::DatabaseTransaction, name: &str) -> Result<(bool, i32), StoreError> {
    let (mut numeric, mut count, mut last) = (true, 0_usize, None::<String>);
    loop {
        let page = store::dimension::values_of(transaction, name, last.as_deref()).await?;
        let Some(end) = page.last().cloned() else { break };
        numeric &= page.iter().all(|value| filter::number(value).is_some());
        count += page.len();
        last = Some(end);
    }
    Ok((numeric, i32::try_from(count).expect("no name has so many values")))
}

fn unknown(name: &str, rows: &[DimensionRow]) -> InputProblem {
    let names = || rows.iter().map(|row| row.name.as_str());
    let problem = unknown_attribute(name, names(), "name");
    match names().min_by_key(|candidate| distance(name, candidate)) {
        Some(nearest) => {
            let message = format!("no attribute is called \"{name}\"; the nearest is \"{nearest}\"");
            InputProblem::new(ProblemCode::UnknownAttribute, "name", message)
        }
        None => problem,
    }
}

/// How many letters have to be inserted, deleted or replaced to turn one name into the other, ignoring case
/// (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let letters = |name: &str| name.to_lowercase().chars().collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, character) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, second) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(character != second);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_two_names_counts_the_letters_between_them() {
        for (one, other, expected) in
            [("", "", 0), ("region", "Region", 0), ("regoin", "region", 2), ("", "plan", 4), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }
}
