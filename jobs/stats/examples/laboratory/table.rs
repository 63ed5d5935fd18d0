//! The table of measures, for a terminal or in Markdown.

use std::io::{self, Write};

use crate::life::Case;
use crate::measure::{Figure, Measures};
use crate::world::Target;

/// What the columns are called, with the width that fits their numbers.
const COLUMNS: [(&str, usize); 17] = [
    ("world", 19),
    ("target", 9),
    ("effect", 6),
    ("answers", 7),
    ("lives", 5),
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

/// A table that is written row by row, for whoever waits.
pub struct Table<W: Write> {
    out: W,
    markdown: bool,
}

impl<W: Write> Table<W> {
    /// A table with its head.
    pub fn new(out: W, markdown: bool) -> io::Result<Self> {
        let mut table = Self { out, markdown };
        table.row(&COLUMNS.map(|(name, _)| name.to_owned()))?;
        if markdown {
            table.row(&COLUMNS.map(|(_, width)| "-".repeat(width)))?;
        }
        Ok(table)
    }

    /// Adds what one case showed.
    pub fn add(&mut self, case: &Case, replicates: usize, measures: &Measures) -> io::Result<()> {
        let share = |figure: Option<Figure>| written(figure, 3);
        self.row(&[
            case.world.name.to_owned(),
            if case.target == Target::Region { "region" } else { "everybody" }.to_owned(),
            format!("{:+.1}", case.effect).replace(".0", ""),
            format!("{}", case.answers),
            format!("{replicates}"),
            share(measures.false_verdicts),
            share(measures.z_test),
            share(measures.covered),
            written(measures.bias, 2),
            written(measures.root_mean_square, 2),
            written(measures.standard_error, 2),
            share(measures.power),
            written(measures.weeks_to_claim, 1),
            share(measures.did_not_move),
            share(measures.retracted),
            share(measures.turned),
            written(measures.look_microseconds, 0),
        ])
    }

    /// Adds a sentence below.
    pub fn say(&mut self, sentence: &str) -> io::Result<()> {
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

/// A figure with its standard error, or a dash.
pub fn written(figure: Option<Figure>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{:.digits$} ±{:.digits$}", figure.value, figure.error))
}
