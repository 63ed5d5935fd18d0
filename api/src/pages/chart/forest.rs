//! One decision of a forest plot: what was expected against what was measured, on a scale shared by all.

use askama::Template;

use super::{LinearScale, coordinate};
use crate::pages::data::{ExpectationData, IntervalData};
use crate::pages::wording;

const WIDTH: f64 = 240.0;

/// The scale that the decisions of a page share.
#[derive(Clone, Copy, Debug)]
pub struct ForestAxis(LinearScale);

impl ForestAxis {
    /// A scale that contains all expectations and intervals, and zero. Values beyond 60 points are cut off.
    pub fn of<'a>(decisions: impl Iterator<Item = (&'a ExpectationData, Option<IntervalData>)>) -> Self {
        let values = decisions.flat_map(|(expected, measured)| {
            let ends = measured.map(|interval| [interval.low, interval.high]);
            let expected = [Some(expected.impact), expected.low, expected.high];
            expected.into_iter().flatten().chain(ends.into_iter().flatten())
        });
        Self(LinearScale::around(values.chain([0.0]).map(|value| value.clamp(-60.0, 60.0)), 4.0, WIDTH - 4.0))
    }

    /// The path of an interval, which ends in an arrow where it goes on beyond the scale.
    fn line(&self, interval: IntervalData) -> String {
        let (low, high) = (coordinate(self.0.at(interval.low)), coordinate(self.0.at(interval.high)));
        let end = |value: f64, x: &str, arrow: &str| {
            if self.0.holds(value) { format!("M{x},9.5v9") } else { format!("M{x},14{arrow}") }
        };
        let (left, right) = ("m5,-4.5l-5,4.5l5,4.5", "m-5,-4.5l5,4.5l-5,4.5");
        format!("M{low},14H{high}{}{}", end(interval.low, &low, left), end(interval.high, &high, right))
    }

    /// The x coordinate and the label of each tick.
    pub fn ticks(&self) -> Vec<(String, String)> {
        let tick = |value: f64| (coordinate(self.0.at(value)), wording::short_points(value));
        self.0.ticks().into_iter().map(tick).collect()
    }
}

/// The drawing of one decision. Without a review there is neither an interval nor an effect.
#[derive(Template)]
#[template(path = "pages/chart/forest.html", whitespace = "suppress")]
pub struct ForestPlot {
    description: String,
    zero: String,
    expected: Option<(String, String)>,
    expected_impact: String,
    /// The region of effects that are too small to matter.
    margin: Option<(String, String)>,
    /// The path of the interval: a line with an end cap at each end, or with an arrow where it goes on.
    measured: Option<String>,
    effect: Option<String>,
    class: &'static str,
}

/// What was measured of a decision; nothing without a review.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForestMeasurement {
    pub effect: Option<f64>,
    pub interval: Option<IntervalData>,
    /// Half the width of the region of effects that are too small to matter.
    pub margin: Option<f64>,
}

impl ForestPlot {
    /// `class` is the CSS class of the verdict.
    pub fn new(
        axis: &ForestAxis,
        expectation: &ExpectationData,
        measurement: ForestMeasurement,
        class: &'static str,
    ) -> Self {
        let ForestMeasurement { effect, interval: measured, margin } = measurement;
        let bar = |low: f64, high: f64| {
            let (start, end) = (axis.0.at(low), axis.0.at(high));
            (coordinate(start), coordinate((end - start).max(1.0)))
        };
        let measured_text = match (effect, measured) {
            (Some(effect), Some(interval)) => {
                format!("measured {}, {}", wording::points(effect), wording::range(interval))
            }
            _ => "nothing measured yet".to_owned(),
        };
        let margin_text = margin.map_or_else(String::new, |margin| {
            let points = wording::points(margin);
            format!("; less than {} points is too small to matter", points.trim_start_matches('+'))
        });
        Self {
            description: format!("Expected {}; {measured_text}{margin_text}.", wording::points(expectation.impact)),
            zero: coordinate(axis.0.at(0.0)),
            expected: expectation.low.zip(expectation.high).map(|(low, high)| bar(low, high)),
            expected_impact: coordinate(axis.0.at(expectation.impact)),
            margin: margin.map(|margin| bar(-margin, margin)),
            measured: measured.map(|interval| axis.line(interval)),
            effect: effect.map(|effect| coordinate(axis.0.at(effect))),
            class,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_ends_in_a_cap_on_the_scale_and_in_an_arrow_beyond_it() {
        let expectation = ExpectationData { impact: 3.0, low: None, high: None, level: 0.8 };
        let wide = IntervalData { low: -90.0, high: 20.0 };
        let axis = ForestAxis::of([(&expectation, Some(wide))].into_iter());
        let path = axis.line(wide);
        assert!(path.contains("m5,-4.5l-5,4.5l5,4.5") && path.contains("9.5v9"), "{path}");
        assert_eq!(path.matches("9.5v9").count(), 1, "one cap: {path}");
        let narrow = IntervalData { low: -10.0, high: 20.0 };
        assert_eq!(axis.line(narrow).matches("9.5v9").count(), 2);
    }
}
