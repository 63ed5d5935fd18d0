//! The parts of a decision's page: the chart, scores before and after, the weekly reviews, and overlapping decisions.

use chrono::NaiveDate;
use entity::verdict::Verdict;

use super::data::{DecisionData, DecisionReviewData};
use crate::http::form::path_part;
use crate::pages::chart::{
    ForestAxis, ForestMeasurement, ForestPlot, SeriesChart, SeriesData, SeriesMark, SeriesPoint,
};
use crate::pages::csv::{CsvCell, CsvTable};
use crate::pages::data::{DayRangeData, NpsData, ScoreChangeData, target_name};
use crate::pages::verdict::{OutcomeView as _, VerdictView as _};
use crate::pages::wording;

/// Scores before and since the decision, of the target or of everyone else.
pub struct ArmRow {
    pub name: &'static str,
    pub before: NpsData,
    pub after: NpsData,
    /// `None` without both scores.
    pub change: Option<ScoreChangeData>,
    /// The interval of the change.
    pub range: Option<String>,
}

/// The column headings of the scores before and since: with their days, where the review has some.
pub fn arm_headings(review: &DecisionReviewData) -> [String; 2] {
    let heading = |name: &str, days: Option<DayRangeData>| match days {
        Some(days) if days.from < days.until => format!("{name}: {}", wording::days(days)),
        _ => name.to_owned(),
    };
    [heading("Before", review.before_during), heading("Since", review.after_during)]
}

/// The length of a window of days: in weeks where these are whole; `None` for an empty one.
pub fn compared_days(days: DayRangeData) -> Option<String> {
    let days = u64::try_from((days.until - days.from).num_days()).ok().filter(|days| *days > 0)?;
    Some(if days % 7 == 0 {
        wording::counted(days / 7, "week", "weeks")
    } else {
        wording::counted(days, "day", "days")
    })
}

/// The target, and everyone else where the review has a comparison.
pub fn arms(review: &DecisionReviewData) -> Vec<ArmRow> {
    let arm = |name: &'static str, before: &NpsData, after: &NpsData, change: Option<ScoreChangeData>| ArmRow {
        name,
        change,
        range: change.map(|change| wording::range(change.interval)),
        before: before.clone(),
        after: after.clone(),
    };
    let mut arms = vec![arm("Target", &review.before, &review.after, review.change)];
    if let Some((before, after)) = review.comparison_before.as_ref().zip(review.comparison_after.as_ref()) {
        arms.push(arm("Everyone else", before, after, review.comparison_change));
    }
    arms
}

/// One weekly review.
pub struct ReviewRow {
    pub as_of: String,
    pub verdict: Verdict,
    pub is_final: bool,
    pub effect: String,
    pub range: String,
    pub responses: String,
    pub outcome: Option<&'static str>,
    pub forest: ForestPlot,
}

/// All weekly reviews, the newest first.
pub fn looks(decision: &DecisionData, axis: &ForestAxis) -> Vec<ReviewRow> {
    let look = |look: &super::data::ReviewSummaryData| ReviewRow {
        as_of: wording::date(look.as_of),
        verdict: look.verdict,
        is_final: look.r#final,
        effect: look.effect.map_or_else(|| "–".to_owned(), wording::points),
        range: look.interval.map_or_else(|| "–".to_owned(), wording::range),
        responses: wording::count(look.after.responses),
        outcome: look.expectation_outcome.words(),
        forest: ForestPlot::new(
            axis,
            &decision.expectation,
            ForestMeasurement { effect: look.effect, interval: look.interval, margin: None },
            look.verdict.class(),
        ),
    };
    decision.reviews.nodes.iter().rev().map(look).collect()
}

/// Another decision that affected some of the same customers.
pub struct OverlappingRow {
    pub label: String,
    pub address: String,
    pub title: String,
    pub summary: String,
    on: NaiveDate,
}

/// The overlapping decisions, labelled by the letters of their marks in the chart.
pub fn others(decision: &DecisionData) -> Vec<OverlappingRow> {
    let other = |(at, other): (usize, &super::data::OverlappingDecisionData)| OverlappingRow {
        label: label(at),
        address: format!("/decision/{}", path_part(&other.external_id)),
        title: other.title.clone(),
        summary: format!(
            "{}, {}, since {}",
            target_name(other.target.as_ref()),
            other.owner,
            wording::date(other.takes_effect_on)
        ),
        on: other.takes_effect_on,
    };
    decision.overlapping.iter().enumerate().map(other).collect()
}

fn label(at: usize) -> String {
    u8::try_from(at).ok().filter(|at| *at < 26).map_or_else(|| "+".to_owned(), |at| char::from(b'a' + at).to_string())
}

/// The observed score against the score expected without the decision; `None` without a review or with too few weeks.
pub fn chart(decision: &DecisionData) -> Option<SeriesChart> {
    let review = decision.review.as_ref()?;
    let points = review.series.iter().map(|week| SeriesPoint {
        on: week.start,
        line: week.expected,
        band: week.expected_interval.map(|interval| (interval.low, interval.high)),
        dot: week.observed,
    });
    let main = SeriesMark {
        on: decision.takes_effect_on,
        label: "takes effect".to_owned(),
        title: format!("{} takes effect", decision.title),
        is_main: true,
    };
    let others = others(decision).into_iter().map(|other| SeriesMark {
        on: other.on,
        title: format!("{}: {}", other.label, other.title),
        label: other.label,
        is_main: false,
    });
    SeriesChart::of(SeriesData {
        id: "weeks",
        title: format!("{}: observed score against the score expected without the decision", decision.title),
        description: chart_description(decision, review),
        points: points.collect(),
        marks: others.chain([main]).collect(),
        joins_dots: true,
    })
}

fn chart_description(decision: &DecisionData, review: &DecisionReviewData) -> String {
    let after = review.series.iter().filter(|week| week.start >= decision.takes_effect_on);
    let compared_weeks: Vec<_> = after.filter_map(|week| week.observed.zip(week.expected)).collect();
    let above = compared_weeks.iter().filter(|(observed, expected)| observed > expected).count();
    format!(
        "Week by week. Since {} the observed score was above the expected one in {above} of {}. The numbers are in the \
         table below.",
        wording::date(decision.takes_effect_on),
        wording::counted(compared_weeks.len() as u64, "week", "weeks"),
    )
}

/// The weeks of the chart as a table.
pub fn weeks_table(decision: &DecisionData) -> CsvTable {
    let weeks = decision.review.iter().flat_map(|review| &review.series);
    let row = |week: &super::data::ReviewWeekData| {
        vec![
            CsvCell::from(week.start),
            CsvCell::from(week.observed),
            CsvCell::from(week.expected),
            CsvCell::from(week.expected_interval.map(|interval| interval.low)),
            CsvCell::from(week.expected_interval.map(|interval| interval.high)),
            CsvCell::from(week.responses),
        ]
    };
    let columns = &["week", "observed", "expected", "expected_low", "expected_high", "responses"];
    CsvTable { columns, rows: weeks.map(row).collect() }
}

/// The weekly reviews as a table.
pub fn looks_table(decision: &DecisionData) -> CsvTable {
    let row = |look: &super::data::ReviewSummaryData| {
        vec![
            CsvCell::from(look.as_of),
            CsvCell::from(look.verdict.name().as_str()),
            CsvCell::from(look.effect),
            CsvCell::from(look.interval.map(|interval| interval.low)),
            CsvCell::from(look.interval.map(|interval| interval.high)),
            CsvCell::from(look.after.responses),
            CsvCell::from(if look.r#final { "yes" } else { "no" }),
        ]
    };
    let columns = &["as_of", "verdict", "effect", "effect_low", "effect_high", "responses", "final"];
    CsvTable { columns, rows: decision.reviews.nodes.iter().map(row).collect() }
}
