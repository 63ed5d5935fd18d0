//! Charts as inline SVG: geometry here, drawings in the templates, colours in the style sheet.

mod forest;
mod scale;
mod series;
mod sparkline;

pub use forest::{ForestAxis, ForestMeasurement, ForestPlot};
pub use scale::LinearScale;
pub use series::{SeriesChart, SeriesData, SeriesMark, SeriesPoint};
pub use sparkline::Sparkline;

/// A coordinate with one decimal: smaller differences are invisible.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The SVG path through the points, interrupted where one is `None`.
fn path(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut text = String::new();
    let mut is_drawing = false;
    for point in points {
        if let Some((x, y)) = point {
            text.push(if is_drawing { 'L' } else { 'M' });
            text.push_str(&coordinate(x));
            text.push(' ');
            text.push_str(&coordinate(y));
        }
        is_drawing = point.is_some();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_interrupted_where_a_point_is_missing() {
        let points = [Some((0.0, 1.0)), Some((2.0, 3.25)), None, Some((4.0, 5.0))];
        assert_eq!(path(points.into_iter()), "M0 1L2 3.2M4 5");
        assert_eq!(path([None].into_iter()), "");
    }
}
