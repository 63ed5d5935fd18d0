//! The table of measures, for a terminal or in Markdown.

use std::io::{self, Write};

use crate::measure::{MonteCarloEstimate, SimulationMeasures};
use crate::replicate::SimulationCase;
use crate::world::SimulatedTarget;

/// The headings of the columns, with their widths.
const COLUMNS: [(&str, usize); 17] = [
    ("world", 19),
    ("target", 9),
    ("effect", 6),
    ("responses", 9),
    ("replicates", 10),
    ("false", 12),
    ("z test", 12),
    ("all cover", 12),
    ("bias", 12),
    ("rmse", 12),
    ("stated", 12),
    ("power", 12),
    ("weeks", 10),
    ("did not move", 12),
    ("withdrawn", 12),
    ("turned", 12),
    ("µs a look", 12),
];

/// A table that is written row by row, so that results appear as soon as they are available.
pub struct MeasureTable<W: Write> {
    out: W,
    markdown: bool,
}

impl<W: Write> MeasureTable<W> {
    /// Starts a table with its heading.
    pub fn new(out: W, markdown: bool) -> io::Result<Self> {
        let mut table = Self { out, markdown };
        table.row(&COLUMNS.map(|(name, _)| name.to_owned()))?;
        if markdown {
            table.row(&COLUMNS.map(|(_, width)| "-".repeat(width)))?;
        }
        Ok(table)
    }

    /// Adds the row of one case.
    pub fn add(&mut self, case: &SimulationCase, replicates: usize, measures: &SimulationMeasures) -> io::Result<()> {
        let share = |figure: Option<MonteCarloEstimate>| format_estimate(figure, 3);
        self.row(&[
            case.world.name.to_owned(),
            if case.target == SimulatedTarget::Region { "region" } else { "everybody" }.to_owned(),
            format!("{:+.1}", case.effect).replace(".0", ""),
            format!("{}", case.responses),
            format!("{replicates}"),
            share(measures.false_verdicts),
            share(measures.z_test),
            share(measures.covered),
            format_estimate(measures.bias, 2),
            format_estimate(measures.root_mean_square, 2),
            format_estimate(measures.standard_error, 2),
            share(measures.power),
            format_estimate(measures.weeks_to_claim, 1),
            share(measures.did_not_move),
            share(measures.retracted),
            share(measures.turned),
            format_estimate(measures.look_microseconds, 0),
        ])
    }

    /// Adds a sentence below the table.
    pub fn add_sentence(&mut self, sentence: &str) -> io::Result<()> {
        writeln!(self.out, "\n{sentence}")?;
        self.out.flush()
    }

    fn row(&mut self, cells: &[String; COLUMNS.len()]) -> io::Result<()> {
        let mut padded = Vec::with_capacity(cells.len());
        for (cell, (_, width)) in cells.iter().zip(COLUMNS) {
            padded.push(format!("{cell:width$}"));
        }
        let line = if self.markdown { format!("| {} |", padded.join(" | ")) } else { padded.join("  ") };
        writeln!(self.out, "{}", line.trim_end())?;
        self.out.flush()
    }
}

/// An estimate with its standard error, or a dash without one.
pub fn format_estimate(figure: Option<MonteCarloEstimate>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{:.digits$} ±{:.digits$}", figure.value, figure.error))
}
