//! The parts of a decision's page: chart, before and after, the weekly looks, the others in the window.

use chrono::NaiveDate;
use entity::verdict::Verdict;

use super::told::{Decision, Review};
use crate::http::form::path_part;
use crate::pages::chart::{Axis, Forest, Mark, Point, Series, SeriesChart};
use crate::pages::csv::{Cell, Table};
use crate::pages::told::{Nps, target_name};
use crate::pages::verdict::{OutcomeView as _, VerdictView as _};
use crate::pages::wording;

/// Before and since, of the target or of everyone else.
pub struct Arm {
    pub name: &'static str,
    pub before: Nps,
    pub after: Nps,
    pub change: Option<String>,
}

/// Both arms, as far as there are two.
pub fn arms(review: &Review) -> Vec<Arm> {
    let arm = |name: &'static str, before: &Nps, after: &Nps| Arm {
        name,
        change: before.score.zip(after.score).map(|(before, after)| wording::points(after - before)),
        before: before.clone(),
        after: after.clone(),
    };
    let mut arms = vec![arm("Target", &review.before, &review.after)];
    if let Some((before, after)) = review.comparison_before.as_ref().zip(review.comparison_after.as_ref()) {
        arms.push(arm("Everyone else", before, after));
    }
    arms
}

/// One weekly review.
pub struct Look {
    pub as_of: String,
    pub verdict: Verdict,
    pub is_final: bool,
    pub effect: String,
    pub range: String,
    pub answers: String,
    pub outcome: Option<&'static str>,
    pub forest: Forest,
}

/// All weekly reviews, the newest first.
pub fn looks(decision: &Decision, axis: &Axis) -> Vec<Look> {
    let look = |look: &super::told::Look| Look {
        as_of: wording::date(look.as_of),
        verdict: look.verdict,
        is_final: look.r#final,
        effect: look.effect.map_or_else(|| "–".to_owned(), wording::points),
        range: look.interval.map_or_else(|| "–".to_owned(), wording::range),
        answers: wording::count(look.after.responses),
        outcome: look.expectation_outcome.words(),
        forest: Forest::new(axis, &decision.expectation, look.effect, look.interval, look.verdict.class()),
    };
    decision.reviews.nodes.iter().rev().map(look).collect()
}

/// Another decision that met the same customers.
pub struct Other {
    pub label: String,
    pub address: String,
    pub title: String,
    pub told: String,
    on: NaiveDate,
}

/// The others in the window, by the letters under which the chart shows them.
pub fn others(decision: &Decision) -> Vec<Other> {
    let other = |(at, other): (usize, &super::told::Overlapping)| Other {
        label: label(at),
        address: format!("/decision/{}", path_part(&other.external_id)),
        title: other.title.clone(),
        told: format!(
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

/// Observed against expected without it.
pub fn chart(decision: &Decision) -> Option<SeriesChart> {
    let review = decision.review.as_ref()?;
    let points = review.series.iter().map(|week| Point {
        on: week.start,
        line: week.expected,
        band: week.expected_interval.map(|interval| (interval.low, interval.high)),
        dot: week.observed,
    });
    let main = Mark {
        on: decision.takes_effect_on,
        label: "takes effect".to_owned(),
        title: format!("{} takes effect", decision.title),
        is_main: true,
    };
    let others = others(decision).into_iter().map(|other| Mark {
        on: other.on,
        title: format!("{}: {}", other.label, other.title),
        label: other.label,
        is_main: false,
    });
    SeriesChart::of(Series {
        id: "weeks",
        title: format!("{}: observed score against the score expected without the decision", decision.title),
        description: described(decision, review),
        points: points.collect(),
        marks: others.chain([main]).collect(),
        joins_dots: true,
    })
}

fn described(decision: &Decision, review: &Review) -> String {
    let after = review.series.iter().filter(|week| week.start >= decision.takes_effect_on);
    let compared_weeks: Vec<_> = after.filter_map(|week| week.observed.zip(week.expected)).collect();
    let above = compared_weeks.iter().filter(|(observed, expected)| observed > expected).count();
    format!(
        "Week by week. Since {} the observed score lay above the expected one in {above} of {}. The numbers stand in the \
         table below.",
        wording::date(decision.takes_effect_on),
        wording::counted(compared_weeks.len() as u64, "week", "weeks"),
    )
}

/// The weeks of the chart as a table.
pub fn weeks_table(decision: &Decision) -> Table {
    let weeks = decision.review.iter().flat_map(|review| &review.series);
    let row = |week: &super::told::Week| {
        vec![
            Cell::from(week.start),
            Cell::from(week.observed),
            Cell::from(week.expected),
            Cell::from(week.expected_interval.map(|interval| interval.low)),
            Cell::from(week.expected_interval.map(|interval| interval.high)),
            Cell::from(week.responses),
        ]
    };
    let columns = &["week", "observed", "expected", "expected_low", "expected_high", "answers"];
    Table { columns, rows: weeks.map(row).collect() }
}

/// The weekly reviews as a table.
pub fn looks_table(decision: &Decision) -> Table {
    let row = |look: &super::told::Look| {
        vec![
            Cell::from(look.as_of),
            Cell::from(look.verdict.name().as_str()),
            Cell::from(look.effect),
            Cell::from(look.interval.map(|interval| interval.low)),
            Cell::from(look.interval.map(|interval| interval.high)),
            Cell::from(look.after.responses),
            Cell::from(if look.r#final { "yes" } else { "no" }),
        ]
    };
    let columns = &["as_of", "verdict", "effect", "effect_low", "effect_high", "answers", "final"];
    Table { columns, rows: decision.reviews.nodes.iter().map(row).collect() }
}
