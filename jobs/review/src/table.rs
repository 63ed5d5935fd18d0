//! The tables of cells that reviews work on, counted once for all that ask the same.

use std::collections::HashMap;

use entity::{Day, ProfileSchema};
use needle_analytics::cube::{Cube, CubeError};

use crate::cell::{CellDimensions, CellTable};

/// Tables by what is asked.
#[derive(Debug)]
pub struct CellTables {
    /// The Monday on which week 0 begins.
    pub week_zero: Day,
    /// How many weeks they hold: up to the newest look so far.
    weeks: usize,
    counted: HashMap<CellDimensions, CellTable>,
}

impl CellTables {
    /// None yet; they will hold so many weeks.
    pub fn new(week_zero: Day, weeks: usize) -> Self {
        Self { week_zero, weeks, counted: HashMap::new() }
    }

    /// The table of what is asked, with at least so many weeks.
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

    /// The Monday after the last week.
    pub fn end(&self) -> Day {
        self.week_zero.weeks_later(self.weeks)
    }
}

/// Whole weeks from one Monday to a later one; 0 when it is not later.
pub fn weeks_between(first: Day, later: Day) -> usize {
    later.week_since(first).map_or(0, |week| week as usize)
}
