//! A small line without axes, for a table or next to a score.

use askama::Template;

use super::{LinearScale, path};

/// The drawing, hidden from screen readers: the numbers are next to it.
#[derive(Template)]
#[template(path = "pages/chart/spark.html", whitespace = "suppress")]
pub struct Sparkline {
    line: String,
    end: Option<(String, String)>,
}

impl Sparkline {
    /// The values from left to right; a missing one interrupts the line.
    pub fn new(values: &[Option<f64>]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred values")]
        let across = LinearScale::between(0.0, values.len().saturating_sub(1) as f64, 3.0, 117.0);
        let up = LinearScale::around(values.iter().flatten().copied(), 29.0, 3.0);
        #[expect(clippy::cast_precision_loss, reason = "a few hundred values")]
        let points: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(at, value)| value.map(|value| (across.at(at as f64), up.at(value))))
            .collect();
        let end = points.iter().flatten().last();
        let end = end.map(|(x, y)| (super::coordinate(*x), super::coordinate(*y)));
        Self { line: path(points.into_iter()), end }
    }
}
