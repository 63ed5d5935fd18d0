//! Coordinates of the charts: a trend with its band, and intervals on a common scale. Colours and strokes are left to
//! the style sheet.

use super::decision::DecisionSummary;
use super::score::{ReportScore, SegmentScores, TrendPoint};

/// The width of an interval chart, in units of its view box.
pub const WIDTH: f64 = 240.0;

/// The width of the trend chart, in units of its view box.
pub const TREND_WIDTH: f64 = 520.0;

/// The height of the trend chart, in units of its view box.
pub const TREND_HEIGHT: f64 = 150.0;

/// Effects farther from zero than this many points do not widen the scale and are drawn at its edge.
const FURTHEST_POINTS: f64 = 40.0;

/// The margin of a scale at its ends, in points.
const MARGIN: f64 = 2.0;

/// The horizontal scale of interval charts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChartScale {
    /// The value at the left end, a whole ten.
    pub low: f64,
    /// The value at the right end, a whole ten.
    pub high: f64,
}

/// An interval with its estimate, in horizontal units of the view box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalBar {
    /// The left end of the interval.
    pub x: f64,
    /// The width of the interval, at least 1.
    pub width: f64,
    /// The position of the estimate.
    pub point: f64,
}

/// A trend: a line of scores in the band of their intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendLine {
    /// The corners of the band of intervals, as the `points` of an SVG polygon.
    pub band: String,
    /// The corners of the line of scores, as the `points` of an SVG polyline.
    pub corners: String,
    /// The position of the newest score, x and y.
    pub last: (f64, f64),
    /// The horizontal grid lines: score and y.
    pub marks: Vec<(f64, f64)>,
}

impl ChartScale {
    /// A scale that contains all numbers, with whole tens at its ends; `None` without numbers.
    fn around(numbers: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) =
            numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)));
        let (low, high) = (((low - MARGIN) / 10.0).floor() * 10.0, ((high + MARGIN) / 10.0).ceil() * 10.0);
        (low.is_finite() && high.is_finite() && low < high).then_some(Self { low, high })
    }

    /// The horizontal position of a number; numbers beyond the scale are placed at its ends.
    pub fn x(&self, number: f64) -> f64 {
        let share = (number - self.low) / (self.high - self.low);
        tenth(WIDTH * share.clamp(0.0, 1.0))
    }

    /// The horizontal position of zero.
    pub fn zero(&self) -> f64 {
        self.x(0.0)
    }

    fn bar(&self, low: f64, point: f64, high: f64) -> IntervalBar {
        let x = self.x(low);
        IntervalBar { x, width: tenth((self.x(high) - x).max(1.0)), point: self.x(point) }
    }

    /// The bar of a score's interval; `None` when the score is not shown.
    pub fn score(&self, score: &ReportScore) -> Option<IntervalBar> {
        score.shown().map(|(value, interval)| self.bar(interval.low, value, interval.high))
    }

    /// The bar of a measured effect; `None` without an estimate.
    pub fn effect(&self, decision: &DecisionSummary) -> Option<IntervalBar> {
        let (effect, interval) = decision.effect.zip(decision.interval)?;
        Some(self.bar(interval.low, effect, interval.high))
    }

    /// The bar of the expected range, or of the impact alone.
    pub fn expected(&self, decision: &DecisionSummary) -> IntervalBar {
        let (low, high) = decision.expected.unwrap_or((decision.impact, decision.impact));
        self.bar(low, decision.impact, high)
    }
}

/// A common scale for the scores of segments; `None` when none is shown.
pub fn scores<'a>(segments: impl Iterator<Item = &'a SegmentScores>) -> Option<ChartScale> {
    let shown = segments.filter_map(|segment| segment.quarter.shown());
    ChartScale::around(shown.flat_map(|(_, interval)| [interval.low, interval.high]))
}

/// A common scale for effects and expectations that includes zero.
pub fn effects<'a>(decisions: impl Iterator<Item = &'a DecisionSummary>) -> Option<ChartScale> {
    let numbers = decisions.flat_map(|decision| {
        let measured = decision.interval.map(|interval| [interval.low, interval.high]);
        let expected = decision.expected.map(|(low, high)| [low, high]);
        let ends = [measured, expected].into_iter().flatten().flatten();
        ends.chain([decision.impact]).map(|number| number.clamp(-FURTHEST_POINTS, FURTHEST_POINTS)).collect::<Vec<_>>()
    });
    ChartScale::around(numbers.chain([0.0]))
}

/// The line of a trend; `None` with fewer than two shown scores.
pub fn trend(trend: &[TrendPoint]) -> Option<TrendLine> {
    let last = trend.len().checked_sub(1).filter(|last| *last > 0)?;
    let shown: Vec<_> = trend.iter().enumerate().filter_map(|(place, one)| Some((place, one.score.shown()?))).collect();
    if shown.len() < 2 {
        return None;
    }
    let scale = ChartScale::around(shown.iter().flat_map(|(_, (_, interval))| [interval.low, interval.high]))?;
    let x = |place: usize| tenth(TREND_WIDTH * number(place) / number(last));
    let y = |value: f64| tenth(TREND_HEIGHT * (scale.high - value) / (scale.high - scale.low));
    let corners = |of: &[(f64, f64)]| of.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
    let line: Vec<_> = shown.iter().map(|(place, (value, _))| (x(*place), y(*value))).collect();
    let upper = shown.iter().map(|(place, (_, interval))| (x(*place), y(interval.high)));
    let lower = shown.iter().rev().map(|(place, (_, interval))| (x(*place), y(interval.low)));
    let band: Vec<_> = upper.chain(lower).collect();
    let step = if scale.high - scale.low > 50.0 { 20.0 } else { 10.0 };
    let mut marks = Vec::new();
    let mut mark = scale.low;
    while mark <= scale.high {
        marks.push((mark, y(mark)));
        mark += step;
    }
    Some(TrendLine { band: corners(&band), corners: corners(&line), last: *line.last()?, marks })
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn number(place: usize) -> f64 {
    u32::try_from(place).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use entity::Day;
    use entity::verdict::Verdict;
    use needle_stats::interval::ConfidenceInterval;
    use needle_stats::nps::NpsCounts;

    use super::super::{ReportAudience, decision::tests::decision_summary};
    use super::*;

    const ALL: ReportAudience = ReportAudience { reads_comments: true, suppress_below: 0 };

    #[test]
    fn intervals_are_placed_by_their_numbers_and_cut_off_at_the_edge() {
        let measured = |effect: f64, low: f64, high: f64| DecisionSummary {
            effect: Some(effect),
            interval: Some(ConfidenceInterval { low, high, level: 0.95 }),
            ..decision_summary("one", Day(10_000), Verdict::MovedUp)
        };
        let wide = measured(5.0, -300.0, 300.0);
        let scale = effects([&wide].into_iter()).expect("a scale");
        assert_eq!(scale, ChartScale { low: -50.0, high: 50.0 });
        assert!((scale.zero() - WIDTH / 2.0).abs() < 1e-9);
        assert_eq!(scale.effect(&wide), Some(IntervalBar { x: 0.0, width: WIDTH, point: 132.0 }));
        assert_eq!(scale.expected(&wide), IntervalBar { x: 124.8, width: 14.4, point: 132.0 });
        assert_eq!(scale.effect(&decision_summary("none", Day(10_000), Verdict::TooEarly)), None);
        assert_eq!(effects(std::iter::empty()), Some(ChartScale { low: -10.0, high: 10.0 }));
        assert_eq!(scores(std::iter::empty()), None);
    }

    #[test]
    fn a_trend_leaves_weeks_without_a_score_out_and_ends_at_the_right() {
        let point = |week: i32, promoters: u64, detractors: u64| TrendPoint {
            until: Day(4 + 7 * week),
            score: ReportScore::of(NpsCounts { promoters, passives: 5, detractors }, ALL),
        };
        let nothing = TrendPoint { until: Day(4), score: ReportScore::of(NpsCounts::default(), ALL) };
        assert_eq!(trend(&[]), None);
        assert_eq!(trend(&[nothing, point(1, 5, 5)]), None);
        let line = trend(&[point(0, 50, 20), nothing, point(2, 60, 20)]).expect("a line");
        assert_eq!(line.corners.split(' ').count(), 2);
        assert_eq!(line.band.split(' ').count(), 4);
        assert!((line.last.0 - TREND_WIDTH).abs() < 1e-9 && line.last.1 > 0.0, "{line:?}");
        assert!(line.marks.len() >= 2);
    }
}
