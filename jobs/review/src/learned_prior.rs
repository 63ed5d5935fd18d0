//! The prior of the weekly noise, learned from the history of all segments; cached for decisions with the same inputs.

use std::collections::HashMap;

use entity::Day;
use entity::decision::Model as DecisionRow;
use entity::segment_definition::DefinitionId;
use needle_analytics::cube::{Cube, CubeError};
use needle_stats::decision::DecisionColumn;
use needle_stats::learned_prior::LearnedPrior;

use crate::available_data::{AvailableData, DecisionHistory};
use crate::cell::CellDimensions;
use crate::table::{CellTables, weeks_between};

/// With more cells than this nothing is learned: each cell would have next to no responses, and the cost of learning
/// grows with the number of cells.
const MOST_CELLS: usize = 400;

/// The priors learned so far, by their inputs.
#[derive(Debug, Default)]
pub struct LearnedPriors {
    learned: HashMap<PriorKey, LearnedPrior>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PriorKey {
    monday: Day,
    segments: Vec<DefinitionId>,
    others: Vec<(entity::decision::DecisionId, Option<Day>)>,
}

impl LearnedPriors {
    /// The prior learned from the weeks before a decision: from the segments as they were defined when it was
    /// recorded, and with the decisions available when it took effect.
    pub fn before(
        &mut self,
        cube: &Cube,
        history: &DecisionHistory,
        tables: &mut CellTables,
        decision: &DecisionRow,
    ) -> Result<LearnedPrior, CubeError> {
        let monday = decision.takes_effect_on.monday();
        let mut available = history.as_of(decision, monday);
        available.retain_started_before(history, monday);
        let key = PriorKey { monday, segments: history.definitions_at(decision), others: available.dated(history) };
        if let Some(learned) = self.learned.get(&key) {
            return Ok(learned.clone());
        }
        let prior = learn(cube, history, tables, &key, &available)?;
        self.learned.insert(key, prior.clone());
        Ok(prior)
    }
}

fn learn(
    cube: &Cube,
    history: &DecisionHistory,
    tables: &mut CellTables,
    key: &PriorKey,
    available: &AvailableData,
) -> Result<LearnedPrior, CubeError> {
    let week_zero = tables.week_zero;
    let weeks = weeks_between(week_zero, key.monday);
    if weeks == 0 {
        return Ok(LearnedPrior::default());
    }
    let segments = key.segments.iter().filter_map(|id| history.filter_of(*id));
    let dimensions = CellDimensions::of(segments.chain(history.filters(available)), &history.profile_schema);
    let table = tables.of(cube, &dimensions, &history.profile_schema, weeks)?;
    let counted = (0..table.counts.cells()).filter(|cell| table.counts.total(&[*cell], 0..weeks).responses() > 0);
    if counted.count() > MOST_CELLS {
        return Ok(LearnedPrior::default());
    }
    let targets: Vec<Vec<bool>> =
        key.segments.iter().filter_map(|id| Some(table.target(Some(history.translated(*id)?)))).collect();
    let others = history.others(available, table, week_zero);
    let starts = f64::from(key.monday.0 - week_zero.0) / 7.0;
    let start = DecisionColumn { target: Vec::new(), starts, ends: None };
    Ok(LearnedPrior::learn(&table.counts, &start, &targets, &others))
}
