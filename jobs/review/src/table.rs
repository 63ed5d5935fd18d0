//! The cell tables that reviews work on, counted once for all reviews with the same dimensions.

use std::collections::HashMap;

use entity::{Day, ProfileSchema};
use needle_analytics::cube::{Cube, CubeError};

use crate::cell::{CellDimensions, CellTable};

/// Cell tables by their dimensions.
#[derive(Debug)]
pub struct CellTables {
    /// The Monday on which week 0 begins.
    pub week_zero: Day,
    /// How many weeks the tables cover: up to the newest look so far.
    weeks: usize,
    counted: HashMap<CellDimensions, CellTable>,
}

impl CellTables {
    /// No tables yet; each will cover `weeks` weeks.
    pub fn new(week_zero: Day, weeks: usize) -> Self {
        Self { week_zero, weeks, counted: HashMap::new() }
    }

    /// The table of these dimensions, with at least `weeks` weeks.
    pub fn of(
        &mut self,
        cube: &Cube,
        dimensions: &CellDimensions,
        schema: &ProfileSchema,
        weeks: usize,
    ) -> Result<&CellTable, CubeError> {
        if weeks > self.weeks {
            self.weeks = weeks;
            self.counted.clear();
        }
        if !self.counted.contains_key(dimensions) {
            let table = CellTable::count(cube, dimensions, schema, self.week_zero, self.weeks)?;
            self.counted.insert(dimensions.clone(), table);
        }
        Ok(&self.counted[dimensions])
    }

    /// The Monday after the last week of the tables.
    pub fn end(&self) -> Day {
        self.week_zero.weeks_later(self.weeks)
    }
}

/// Whole weeks from one Monday to a later one; 0 when it is not later.
pub fn weeks_between(first: Day, later: Day) -> usize {
    later.week_since(first).map_or(0, |week| week as usize)
}
