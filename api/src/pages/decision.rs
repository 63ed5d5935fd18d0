//! `/decision/...`: one decision, its verdict in a plain sentence, and everything that the sentence rests on.

mod told;
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

use self::told::Decision;
use self::view::{Arm, Look, Other, chart, looks_table, others, weeks_table};
use super::answer::html;
use super::chart::{Axis, Forest, SeriesChart};
use super::problem::Problem;
use super::shell::Shell;
use super::told::{Nodes, Quote, target_name};
use super::verdict::{CaveatView as _, OutcomeView as _, VerdictView as _};
use super::visit::Visit;
use super::wording::{Told as _, points, range, short_points};

#[derive(Deserialize)]
struct Known {
    decision: Option<Decision>,
}

#[derive(Deserialize)]
struct Quotes {
    detractors: Nodes<Quote>,
    promoters: Nodes<Quote>,
}

#[derive(Template)]
#[template(path = "pages/decision.html", whitespace = "minimize")]
struct Page {
    shell: Shell,
    decision: Decision,
    target: String,
    logged: String,
    verdict: Option<Verdict>,
    sentence: String,
    advice: Option<&'static str>,
    outcome: Option<&'static str>,
    expected: String,
    measured: Option<String>,
    forest: Forest,
    settles: Option<String>,
    method: Option<&'static str>,
    chart: Option<SeriesChart>,
    arms: Vec<Arm>,
    others: Vec<Other>,
    looks: Vec<Look>,
    detractors: Vec<Quote>,
    promoters: Vec<Quote>,
    quotes_are_denied: bool,
    weeks_csv: String,
    looks_csv: String,
    was_just_logged: bool,
}

/// `GET /decision/{external_id}`.
pub async fn page(Path(external_id): Path<String>, visit: Visit) -> Result<Response<Body>, Problem> {
    let document = include_str!("query/decision.graphql");
    let data = visit.ask::<Known>(document, json!({ "id": external_id })).await?;
    let Some(decision) = data.data.decision else {
        return Err(Problem::not_found(format!("There is no decision \"{external_id}\".")));
    };
    match visit.fields.get("csv") {
        Some("weeks") => return Ok(weeks_table(&decision).download("decision-weeks")),
        Some("reviews") => return Ok(looks_table(&decision).download("decision-reviews")),
        _ => {}
    }
    let today = visit.today();
    let variables = quotes_of(&decision, today);
    let quotes = visit.ask::<Quotes>(include_str!("query/quotes.graphql"), variables).await?;
    let documents = vec![data.asked, quotes.asked];
    let with_comment =
        |nodes: Nodes<Quote>| nodes.nodes.into_iter().filter(|quote| quote.comment.is_some()).take(3).collect();
    let review = decision.review.as_ref();
    let interval = review.and_then(|review| review.interval);
    let effect = review.and_then(|review| review.effect);
    let verdict = review.map(|review| review.verdict);
    let axis = Axis::of([(&decision.expectation, interval)].into_iter());
    let page = Page {
        target: target_name(decision.named().as_ref()).to_owned(),
        logged: super::wording::local_time(decision.logged_at, visit.zone()),
        verdict,
        sentence: wording::sentence(&decision, today),
        advice: verdict.map(wording::advice),
        outcome: review.and_then(|review| review.expectation_outcome.words()),
        expected: expected(&decision),
        measured: effect.zip(interval).map(|(effect, interval)| format!("{} ({})", points(effect), range(interval))),
        forest: Forest::new(&axis, &decision.expectation, effect, interval, verdict.map_or("waits", Verdict::class)),
        settles: wording::settles(&decision),
        method: review.and_then(|review| review.method).map(wording::method),
        chart: chart(&decision),
        arms: review.map(view::arms).unwrap_or_default(),
        others: others(&decision),
        looks: view::looks(&decision, &axis),
        quotes_are_denied: quotes.has_forbidden,
        detractors: with_comment(quotes.data.detractors),
        promoters: with_comment(quotes.data.promoters),
        weeks_csv: visit.address_with("csv", "weeks"),
        looks_csv: visit.address_with("csv", "reviews"),
        was_just_logged: visit.fields.get("logged").is_some(),
        shell: Shell::new(&visit, decision.title.clone(), "/", documents),
        decision,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Whose words are read: those of the target since the decision took effect.
fn quotes_of(decision: &Decision, today: NaiveDate) -> Value {
    let days = u64::from(decision.horizon_weeks) * 7;
    let end = decision.takes_effect_on.checked_add_days(Days::new(days)).unwrap_or(today);
    let who = decision.target.as_ref().map_or(Value::Null, |target| target.filter.clone());
    json!({ "who": who, "during": { "from": decision.takes_effect_on, "until": end.max(decision.takes_effect_on) } })
}

fn expected(decision: &Decision) -> String {
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
