//! `/decision/...`: one decision, with its verdict in a plain sentence and the data behind it.

mod data;
mod view;
mod wording;

use askama::Template;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use chrono::{Days, NaiveDate};
use entity::verdict::Verdict;
use serde::Deserialize;
use serde_json::{Value, json};

use self::data::DecisionData;
use self::view::{ArmRow, OverlappingRow, ReviewRow, chart, looks_table, others, weeks_table};
use super::chart::{ForestAxis, ForestMeasurement, ForestPlot, SeriesChart};
use super::data::{NodeList, QuoteData, target_name};
use super::problem::PageProblem;
use super::reply::html;
use super::shell::PageShell;
use super::verdict::{CaveatView as _, OutcomeView as _, VerdictView as _};
use super::visit::PageVisit;
use super::wording::{DisplayText as _, points, range, short_points};

#[derive(Deserialize)]
struct DecisionPageData {
    decision: Option<DecisionData>,
}

#[derive(Default, Deserialize)]
struct DecisionQuotesData {
    detractors: NodeList<QuoteData>,
    promoters: NodeList<QuoteData>,
}

#[derive(Template)]
#[template(path = "pages/decision.html", whitespace = "minimize")]
struct DecisionPage {
    shell: PageShell,
    decision: DecisionData,
    target: String,
    logged: String,
    verdict: Option<Verdict>,
    sentence: String,
    advice: Option<&'static str>,
    outcome: Option<&'static str>,
    expected: String,
    measured: Option<String>,
    forest: ForestPlot,
    settles: Option<String>,
    method: Option<&'static str>,
    chart: Option<SeriesChart>,
    arms: Vec<ArmRow>,
    arm_headings: [String; 2],
    compared_days: Option<String>,
    raw_difference: Option<String>,
    contradiction: Option<String>,
    others: Vec<OverlappingRow>,
    looks: Vec<ReviewRow>,
    detractors: Vec<QuoteData>,
    promoters: Vec<QuoteData>,
    quotes_are_denied: bool,
    weeks_csv: String,
    looks_csv: String,
    was_just_logged: bool,
}

/// `GET /decision/{external_id}`.
pub async fn page(Path(external_id): Path<String>, visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    let document = include_str!("query/decision.graphql");
    let data = visit.query::<DecisionPageData>(document, json!({ "id": external_id })).await?;
    let Some(decision) = data.data.decision else {
        return Err(PageProblem::not_found(format!("There is no decision \"{external_id}\".")));
    };
    match visit.fields.get("csv") {
        Some("weeks") => return Ok(weeks_table(&decision).download("decision-weeks")),
        Some("reviews") => return Ok(looks_table(&decision).download("decision-reviews")),
        _ => {}
    }
    let today = visit.today();
    let mut documents = vec![data.query];
    let mut quotes = DecisionQuotesData::default();
    if visit.may_read_responses() {
        let found = visit.query(include_str!("query/quotes.graphql"), quotes_of(&decision, today)).await?;
        quotes = found.data;
        documents.push(found.query);
    }
    let with_comment =
        |nodes: NodeList<QuoteData>| nodes.nodes.into_iter().filter(|quote| quote.comment.is_some()).take(3).collect();
    let review = decision.review.as_ref();
    let interval = review.and_then(|review| review.interval);
    let effect = review.and_then(|review| review.effect);
    let verdict = review.map(|review| review.verdict);
    // One scale for the newest review and all before it.
    let intervals = decision.reviews.nodes.iter().map(|look| look.interval).chain([interval]);
    let axis = ForestAxis::of(intervals.map(|interval| (&decision.expectation, interval)));
    let page = DecisionPage {
        target: target_name(decision.named().as_ref()).to_owned(),
        logged: super::wording::local_time(decision.logged_at, visit.zone()),
        verdict,
        sentence: wording::sentence(&decision, today),
        advice: verdict.map(|verdict| wording::advice(decision.status, verdict)),
        outcome: review.and_then(|review| review.expectation_outcome.words()),
        expected: expected(&decision),
        measured: effect.zip(interval).map(|(effect, interval)| format!("{} ({})", points(effect), range(interval))),
        forest: ForestPlot::new(
            &axis,
            &decision.expectation,
            ForestMeasurement { effect, interval, margin: review.map(|review| review.equivalence_margin) },
            verdict.map_or("pending", Verdict::class),
        ),
        settles: wording::what_would_settle(&decision),
        method: review.and_then(|review| review.method).map(wording::method),
        chart: chart(&decision),
        arms: review.map(view::arms).unwrap_or_default(),
        arm_headings: review.map(view::arm_headings).unwrap_or_default(),
        compared_days: review.and_then(|review| view::compared_days(review.after_during?)),
        raw_difference: review.and_then(wording::raw_difference),
        contradiction: review.and_then(wording::contradiction),
        others: others(&decision),
        looks: view::looks(&decision, &axis),
        quotes_are_denied: !visit.may_read_responses(),
        detractors: with_comment(quotes.detractors),
        promoters: with_comment(quotes.promoters),
        weeks_csv: visit.address_with("csv", "weeks"),
        looks_csv: visit.address_with("csv", "reviews"),
        was_just_logged: visit.fields.get("logged").is_some(),
        shell: PageShell::new(&visit, decision.title.clone(), "/", documents),
        decision,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The variables of the quotes: comments of the target from the first day of effect to the end of the horizon.
fn quotes_of(decision: &DecisionData, today: NaiveDate) -> Value {
    let days = u64::from(decision.horizon_weeks) * 7;
    let end = decision.takes_effect_on.checked_add_days(Days::new(days)).unwrap_or(today);
    let who = decision.target.as_ref().map_or(Value::Null, |target| target.filter.clone());
    json!({ "who": who, "during": { "from": decision.takes_effect_on, "until": end.max(decision.takes_effect_on) } })
}

fn expected(decision: &DecisionData) -> String {
    let expectation = &decision.expectation;
    let impact = short_points(expectation.impact);
    match expectation.low.zip(expectation.high) {
        Some((low, high)) => format!(
            "{impact} ({} to {}, {} sure)",
            short_points(low),
            short_points(high),
            super::wording::percent(expectation.level)
        ),
        None => impact,
    }
}
