//! `/`: the primary customer first, then every decision, what is new and what is due.

mod filter;
mod news;
mod row;

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::verdict::{ExpectationOutcome, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use self::filter::Filter;
use self::news::News;
use self::row::Row;
use super::answer::html;
use super::chart::{Axis, Spark};
use super::csv::{Cell, Table};
use super::problem::Problem;
use super::shell::Shell;
use super::told::{Expectation, Named, Nodes, Nps, Quote, Status};
use super::verdict::VerdictView as _;
use super::visit::Visit;
use super::wording;
use crate::http::form::path_part;

/// How many days the small chart of the primary customer shows: a year and the weeks to compare it with.
const TREND_DAYS: u64 = 55 * 7;

/// How far back the empty chair listens.
const QUOTE_DAYS: u64 = 13 * 7;

#[derive(Deserialize)]
struct PrimaryKnown {
    segments: Nodes<PrimaryFilter>,
}

#[derive(Deserialize)]
struct PrimaryFilter {
    filter: Value,
}

#[derive(Deserialize)]
struct Known {
    decisions: Decisions,
    segments: Nodes<Named>,
    primary: Nodes<Primary>,
    forecasters: Nodes<Owner>,
    quotes: Nodes<Quote>,
    runs: Nodes<NewestRun>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decisions {
    total_count: usize,
    nodes: Vec<Decision>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decision {
    external_id: String,
    title: String,
    owner: String,
    takes_effect_on: NaiveDate,
    logged_at: DateTime<Utc>,
    horizon_weeks: u32,
    status: Status,
    target: Option<Named>,
    expectation: Expectation,
    review: Option<Review>,
    reviews: Nodes<Look>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    as_of: NaiveDate,
    r#final: bool,
    verdict: Verdict,
    effect: Option<f64>,
    interval: Option<super::told::Interval>,
    expectation_outcome: ExpectationOutcome,
    decidable_by: Option<NaiveDate>,
    after: Answers,
}

#[derive(Deserialize)]
struct Answers {
    responses: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Look {
    verdict: Verdict,
}

#[derive(Deserialize)]
struct Owner {
    owner: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewestRun {
    state: String,
    finished_at: Option<DateTime<Utc>>,
    as_of: NaiveDate,
}

#[derive(Deserialize)]
struct Primary {
    key: String,
    name: String,
    current: Option<Bucket>,
    scores: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Bucket {
    start: NaiveDate,
    #[serde(default)]
    end: Option<NaiveDate>,
    nps: Nps,
    rolling: Nps,
}

/// What stands on top: the ONE customer.
struct Headline {
    key: String,
    name: String,
    score: String,
    told: String,
    until: String,
    spark: Spark,
    lenses: [Lens; 3],
}

/// The customer's score seen over one span of time.
struct Lens {
    name: &'static str,
    against: &'static str,
    score: String,
    change: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/scoreboard.html", whitespace = "minimize")]
struct Page {
    shell: Shell,
    headline: Option<Headline>,
    counts: [usize; 3],
    rows: Vec<Row>,
    left_out: usize,
    ticks: Vec<(String, String)>,
    filter: Filter,
    news: News,
    quote: Option<Quote>,
    quotes_are_denied: bool,
    csv: String,
    as_of: Option<String>,
}

/// `GET /`.
pub async fn page(visit: Visit) -> Result<Response<Body>, Problem> {
    let today = visit.today();
    let primary = visit.ask::<PrimaryKnown>(include_str!("query/primary.graphql"), json!({})).await?;
    let who = primary.data.segments.nodes.into_iter().next().map_or(Value::Null, |segment| segment.filter);
    let variables = json!({
        "filter": filter::asked(&visit.fields),
        "quotes": who,
        "during": { "from": today.checked_sub_days(Days::new(QUOTE_DAYS)) },
        "trend": { "from": today.checked_sub_days(Days::new(TREND_DAYS)) },
    });
    let data = visit.ask::<Known>(include_str!("query/scoreboard.graphql"), variables).await?;
    let scoreboard = data.data;
    if visit.fields.get("csv") == Some("decisions") {
        return Ok(table(&scoreboard.decisions.nodes).download("decisions"));
    }
    let axis = Axis::of(
        scoreboard
            .decisions
            .nodes
            .iter()
            .map(|decision| (&decision.expectation, decision.review.as_ref().and_then(|review| review.interval))),
    );
    let updates = News::of(&scoreboard.decisions.nodes, today);
    let newest = scoreboard.runs.nodes.first().filter(|run| run.state == "SUCCEEDED" && run.finished_at.is_some());
    let page = Page {
        counts: counts(&scoreboard.decisions.nodes),
        filter: Filter::new(&visit.fields, &scoreboard),
        left_out: scoreboard.decisions.total_count - scoreboard.decisions.nodes.len(),
        rows: scoreboard.decisions.nodes.iter().map(|decision| Row::new(decision, &axis, today)).collect(),
        ticks: axis.ticks(),
        news: updates,
        quotes_are_denied: data.has_forbidden,
        quote: chosen(scoreboard.quotes.nodes, today),
        as_of: newest.map(|run| wording::date(run.as_of)),
        csv: visit.address_with("csv", "decisions"),
        shell: Shell::new(&visit, "Scoreboard", "/", vec![primary.asked, data.asked]),
        headline: scoreboard.primary.nodes.into_iter().next().and_then(headline),
    };
    Ok(html(StatusCode::OK, &page))
}

fn headline(primary: Primary) -> Option<Headline> {
    let current = primary.current?;
    let earlier = |weeks: u64| {
        let start = current.start.checked_sub_days(Days::new(weeks * 7))?;
        primary.scores.iter().find(|bucket| bucket.start == start)
    };
    let comparison = |name, against, weeks, of: fn(&Bucket) -> &Nps| Lens {
        name,
        against,
        score: match earlier(weeks).map(|before| wording::nps(of(before))) {
            Some(before) if weeks == 1 => format!("{}, was {before}", wording::nps(of(&current))),
            Some(before) => format!("was {before}"),
            None => wording::nps(of(&current)),
        },
        change: earlier(weeks).and_then(|before| Some(wording::points(of(&current).score? - of(before).score?))),
    };
    Some(Headline {
        lenses: [
            comparison("The week", "on the week before; one week is mostly luck", 1, |bucket| &bucket.nps),
            comparison("The quarter", "on the 13 weeks before", 13, |bucket| &bucket.rolling),
            comparison("The year", "on the same 13 weeks a year ago", 52, |bucket| &bucket.rolling),
        ],
        key: path_part(&primary.key),
        name: primary.name,
        score: current.rolling.score.map_or_else(|| "–".to_owned(), wording::score),
        told: match current.rolling.interval {
            Some(interval) => {
                format!("{}, {}", wording::score_range(interval), wording::responses(current.rolling.responses))
            }
            None => wording::nps(&current.rolling),
        },
        until: current.end.map(wording::date).unwrap_or_default(),
        spark: Spark::new(&primary.scores.iter().map(|bucket| bucket.rolling.score).collect::<Vec<_>>()),
    })
}

/// How many of the decisions moved up, moved down and did not move.
fn counts(decisions: &[Decision]) -> [usize; 3] {
    let count = |verdict: Verdict| {
        let has = |decision: &&Decision| decision.review.as_ref().is_some_and(|review| review.verdict == verdict);
        decisions.iter().filter(has).count()
    };
    [Verdict::MovedUp, Verdict::MovedDown, Verdict::DidNotMove].map(count)
}

/// One of the newest quotes, another one every day.
fn chosen(mut quotes: Vec<Quote>, today: NaiveDate) -> Option<Quote> {
    quotes.retain(|quote| quote.comment.is_some());
    let days = today.signed_duration_since(NaiveDate::default()).num_days().unsigned_abs();
    let at = usize::try_from(days.checked_rem(quotes.len() as u64)?).ok()?;
    Some(quotes.swap_remove(at))
}

fn table(decisions: &[Decision]) -> Table {
    let row = |decision: &Decision| {
        let review = decision.review.as_ref();
        let interval = review.and_then(|review| review.interval);
        vec![
            Cell::from(decision.external_id.as_str()),
            Cell::from(decision.title.as_str()),
            Cell::from(decision.owner.as_str()),
            Cell::from(decision.target.as_ref().map(|target| target.key.as_str())),
            Cell::from(decision.takes_effect_on),
            Cell::from(u64::from(decision.horizon_weeks)),
            Cell::from(decision.expectation.impact),
            Cell::from(decision.expectation.low),
            Cell::from(decision.expectation.high),
            Cell::from(review.and_then(|review| review.effect)),
            Cell::from(interval.map(|interval| interval.low)),
            Cell::from(interval.map(|interval| interval.high)),
            Cell::from(review.map(|review| review.after.responses)),
            Cell::from(review.map(|review| review.verdict.name()).as_deref()),
            Cell::from(review.map(|review| review.as_of)),
        ]
    };
    Table {
        columns: &[
            "external_id",
            "title",
            "owner",
            "target_segment",
            "takes_effect_on",
            "horizon_weeks",
            "expected_impact",
            "expected_low",
            "expected_high",
            "effect",
            "effect_low",
            "effect_high",
            "answers",
            "verdict",
            "as_of",
        ],
        rows: decisions.iter().map(row).collect(),
    }
}
