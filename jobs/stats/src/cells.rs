//! The weekly counts per cell from which every review is computed.
//!
//! A cell is a distinct combination of the attributes that any segment or decision filters on; the caller defines the
//! cells and assigns each response to one.

use std::ops::Range;

use crate::nps::NpsCounts;

/// Counts of responses by cell and week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellWeeks {
    cells: usize,
    weeks: usize,
    counts: Vec<NpsCounts>,
}

impl CellWeeks {
    /// An empty table.
    pub fn new(cells: usize, weeks: usize) -> Self {
        Self { cells, weeks, counts: vec![NpsCounts::default(); cells.saturating_mul(weeks)] }
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The number of weeks.
    pub fn weeks(&self) -> usize {
        self.weeks
    }

    /// Adds responses to a cell and week; returns `false`, and adds nothing, outside the table.
    pub fn add(&mut self, cell: usize, week: usize, counts: NpsCounts) -> bool {
        let inside = cell < self.cells && week < self.weeks;
        if inside {
            self.counts[cell * self.weeks + week] += counts;
        }
        inside
    }

    /// The responses of a cell and week; zero counts outside the table.
    pub fn get(&self, cell: usize, week: usize) -> NpsCounts {
        self.row(cell).get(week).copied().unwrap_or_default()
    }

    /// All weeks of a cell in order; empty outside the table.
    pub fn row(&self, cell: usize) -> &[NpsCounts] {
        if cell < self.cells { &self.counts[cell * self.weeks..(cell + 1) * self.weeks] } else { &[] }
    }

    /// The sum of some cells over some weeks.
    pub fn total(&self, cells: &[usize], weeks: Range<usize>) -> NpsCounts {
        let weeks = weeks.start.min(self.weeks)..weeks.end.min(self.weeks);
        cells.iter().filter_map(|cell| self.row(*cell).get(weeks.clone())).flatten().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_land_in_their_cell_and_week_and_nowhere_else() {
        let mut table = CellWeeks::new(2, 3);
        let ten = NpsCounts { promoters: 10, ..NpsCounts::default() };
        assert!(table.add(1, 2, ten) && table.add(1, 2, ten));
        assert!(!table.add(2, 0, ten) && !table.add(0, 3, ten));
        assert_eq!(table.get(1, 2).responses(), 20);
        assert_eq!(table.total(&[0, 1, 7], 0..9).responses(), 20);
        assert_eq!(table.total(&[1], 0..2).responses(), 0);
    }
}
