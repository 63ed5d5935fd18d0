//! A chart of a series over time: a line in its band, dots, and marks on the days of events.

use askama::Template;
use chrono::{Datelike as _, Days, NaiveDate};

use super::{LinearScale, coordinate, path};
use crate::pages::wording;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 30.0;

/// One bucket of the series. Missing values interrupt line, band and dots.
#[derive(Clone, Copy, Debug)]
pub struct SeriesPoint {
    pub on: NaiveDate,
    /// The value of the line.
    pub line: Option<f64>,
    /// The low and the high end of the band around the line.
    pub band: Option<(f64, f64)>,
    /// The value of the dot.
    pub dot: Option<f64>,
}

/// A day on which something happened.
#[derive(Clone, Debug)]
pub struct SeriesMark {
    pub on: NaiveDate,
    /// The text at the mark, one or two letters or a few words.
    pub label: String,
    /// What happened, for screen readers.
    pub title: String,
    /// True for the event that the chart is about.
    pub is_main: bool,
}

/// What a chart shows.
pub struct SeriesData {
    pub id: &'static str,
    pub title: String,
    pub description: String,
    pub points: Vec<SeriesPoint>,
    pub marks: Vec<SeriesMark>,
    /// True to join the dots by a line.
    pub joins_dots: bool,
}

struct AxisTick {
    at: String,
    text: String,
    is_minor: bool,
}

struct PlacedMark {
    at: String,
    label: String,
    title: String,
    is_main: bool,
}

/// The drawing.
#[derive(Template)]
#[template(path = "pages/chart/series.html", whitespace = "suppress")]
pub struct SeriesChart {
    id: &'static str,
    title: String,
    description: String,
    upwards: Vec<AxisTick>,
    across: Vec<AxisTick>,
    bands: Vec<String>,
    line: String,
    dots_line: Option<String>,
    dots: Vec<(String, String)>,
    marks: Vec<PlacedMark>,
    zero: Option<String>,
}

impl SeriesChart {
    /// Draws a series; `None` unless it spans at least two days.
    pub fn of(series: SeriesData) -> Option<Self> {
        let SeriesData { id, title, description, points, marks, joins_dots } = series;
        let (first, last) = (points.first()?.on, points.last()?.on);
        if first == last {
            return None;
        }
        let across = LinearScale::between(day_number(first), day_number(last), LEFT, WIDTH - RIGHT);
        let values = points.iter().flat_map(|point| {
            let (low, high) = point.band.unzip();
            [point.line, point.dot, low, high].into_iter().flatten()
        });
        let up = LinearScale::around(values, HEIGHT - BOTTOM, TOP);
        let x = |on: NaiveDate| across.at(day_number(on));
        let dots = || points.iter().map(|point| point.dot.map(|value| (x(point.on), up.at(value))));
        let is_within = |mark: &SeriesMark| across.holds(day_number(mark.on));
        let marks = marks.into_iter().filter(is_within).map(|mark| PlacedMark {
            at: coordinate(x(mark.on)),
            label: mark.label,
            title: mark.title,
            is_main: mark.is_main,
        });
        Some(Self {
            id,
            title,
            description,
            upwards: up.ticks().into_iter().map(|value| upward(&up, value)).collect(),
            across: months(first, last).into_iter().map(|(on, is_minor)| month(x(on), on, is_minor)).collect(),
            bands: bands(&points, x, &up),
            line: path(points.iter().map(|point| point.line.map(|value| (x(point.on), up.at(value))))),
            dots_line: joins_dots.then(|| path(dots())),
            dots: dots().flatten().map(|(x, y)| (coordinate(x), coordinate(y))).collect(),
            marks: marks.collect(),
            zero: up.holds(0.0).then(|| coordinate(up.at(0.0))),
        })
    }
}

fn upward(up: &LinearScale, value: f64) -> AxisTick {
    let text = wording::score(value);
    AxisTick { at: coordinate(up.at(value)), text: text.trim_end_matches(".0").to_owned(), is_minor: false }
}

fn month(at: f64, on: NaiveDate, is_minor: bool) -> AxisTick {
    let format = if on.month() == 1 { "%Y" } else { "%b" };
    AxisTick { at: coordinate(at), text: on.format(format).to_string(), is_minor }
}

/// The first days of months between two days, as many as have room, and whether a narrow screen leaves them out.
fn months(first: NaiveDate, last: NaiveDate) -> Vec<(NaiveDate, bool)> {
    let months = (last - first).num_days() / 30;
    let every = [1, 2, 3, 6, 12, 24, 60, 120].into_iter().find(|every| months / every <= 12).unwrap_or(240);
    let mut ticks = Vec::new();
    let mut on = first;
    while on <= last {
        let number = i64::from(on.year()) * 12 + i64::from(on.month0());
        if on.day() == 1 && number % every == 0 {
            ticks.push((on, number % (every * 3) != 0 && on.month() != 1));
        }
        let Some(next) = on.checked_add_days(Days::new(1)) else { break };
        on = next;
    }
    ticks
}

/// The areas between low and high, one for each stretch without a gap.
fn bands(points: &[SeriesPoint], x: impl Fn(NaiveDate) -> f64, up: &LinearScale) -> Vec<String> {
    let stretches = points.split(|point| point.band.is_none()).filter(|stretch| stretch.len() > 1);
    let area = |stretch: &[SeriesPoint]| {
        let edge = |point: &SeriesPoint, is_high: bool| {
            point.band.map(|(low, high)| (x(point.on), up.at(if is_high { high } else { low })))
        };
        let upper = stretch.iter().map(|point| edge(point, true));
        let lower = stretch.iter().rev().map(|point| edge(point, false));
        path(upper.chain(lower)) + "Z"
    };
    stretches.map(area).collect()
}

fn day_number(on: NaiveDate) -> f64 {
    f64::from(on.num_days_from_ce())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn series(points: Vec<SeriesPoint>) -> SeriesData {
        let mark = |on, is_main| SeriesMark { on: day(on), label: "1".to_owned(), title: "<b>\"&".to_owned(), is_main };
        let marks = vec![mark("2024-01-15", true), mark("2030-01-01", false)];
        let title = "<script>".to_owned();
        SeriesData { id: "chart", title, description: "&".to_owned(), points, marks, joins_dots: true }
    }

    #[test]
    fn hostile_texts_are_no_markup_and_gaps_split_the_band() {
        let point = |on: &str, line: Option<f64>| SeriesPoint {
            on: day(on),
            line,
            band: line.map(|value| (value - 1.0, value + 1.0)),
            dot: Some(3.0),
        };
        let points = vec![
            point("2024-01-01", Some(1.0)),
            point("2024-01-08", Some(2.0)),
            point("2024-01-15", None),
            point("2024-01-22", Some(f64::MAX)),
            point("2024-01-29", Some(-3.0)),
        ];
        let chart = SeriesChart::of(series(points)).expect("a chart").render().expect("rendered");
        assert!(!chart.contains("<script>") && !chart.contains("<b>"), "{chart}");
        assert_eq!(chart.matches("class=\"band\"").count(), 2, "{chart}");
        assert_eq!(chart.matches("class=\"mark").count(), 1, "{chart}");
        assert!(!chart.contains("NaN") && !chart.contains("inf"), "{chart}");
    }

    #[test]
    fn what_cannot_be_drawn_is_no_chart() {
        let point = SeriesPoint { on: day("2024-01-01"), line: None, band: None, dot: None };
        assert!(SeriesChart::of(series(vec![])).is_none());
        assert!(SeriesChart::of(series(vec![point])).is_none());
        let later = SeriesPoint { on: day("2024-02-01"), ..point };
        assert!(SeriesChart::of(series(vec![point, later])).is_some());
    }

    #[test]
    fn a_century_has_no_more_ticks_than_a_year() {
        for last in ["2024-03-01", "2024-12-31", "2026-06-01", "2124-01-01"] {
            let ticks = months(day("2024-01-01"), day(last));
            assert!((2..=14).contains(&ticks.len()), "{last}: {}", ticks.len());
        }
    }
}
