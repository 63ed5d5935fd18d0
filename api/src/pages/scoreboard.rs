//! `/`: the score of the primary customer, all decisions with their verdicts, what is new and what is due.

mod filter;
mod row;
mod updates;

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::verdict::{ExpectationOutcome, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use self::filter::ScoreboardFilter;
use self::row::ScoreboardRow;
use self::updates::DecisionUpdates;
use super::chart::{ForestAxis, Sparkline};
use super::csv::{CsvCell, CsvTable};
use super::data::{
    DecisionStatusData, ExpectationData, NodeList, NpsData, QuoteData, ScoreChangeData, SegmentNameData,
};
use super::problem::PageProblem;
use super::query::WholeList;
use super::reply::html;
use super::shell::PageShell;
use super::verdict::VerdictView as _;
use super::visit::PageVisit;
use super::wording;
use crate::http::form::path_part;

/// The days that the sparkline of the primary customer shows: a year and some weeks to compare with.
const TREND_DAYS: u64 = 55 * 7;

/// The quotes of the primary customer are at most this many days old.
const QUOTE_DAYS: u64 = 13 * 7;

/// The decisions that the page lists, the latest first; its counts and the CSV file are those of all.
const ROWS: usize = 200;

#[derive(Deserialize)]
struct PrimaryFilterData {
    segments: NodeList<PrimarySegmentFilterData>,
}

#[derive(Deserialize)]
struct PrimarySegmentFilterData {
    filter: Value,
}

#[derive(Deserialize)]
struct ScoreboardData {
    decisions: NodeList<ScoreboardDecisionData>,
    segments: NodeList<SegmentNameData>,
    primary: NodeList<PrimarySegmentData>,
    forecasters: NodeList<OwnerData>,
    quotes: Option<NodeList<QuoteData>>,
    runs: NodeList<NewestRunData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScoreboardDecisionData {
    external_id: String,
    title: String,
    owner: String,
    takes_effect_on: NaiveDate,
    logged_at: DateTime<Utc>,
    horizon_weeks: u32,
    status: DecisionStatusData,
    reversed_on: Option<NaiveDate>,
    reversal_planned_on: Option<NaiveDate>,
    target: Option<SegmentNameData>,
    expectation: ExpectationData,
    review: Option<ScoreboardReviewData>,
    reviews: NodeList<ScoreboardVerdictData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScoreboardReviewData {
    as_of: NaiveDate,
    r#final: bool,
    verdict: Verdict,
    effect: Option<f64>,
    interval: Option<super::data::IntervalData>,
    expectation_outcome: ExpectationOutcome,
    decidable_by: Option<NaiveDate>,
    equivalence_margin: f64,
    after: ScoreboardResponseCountData,
}

#[derive(Deserialize)]
struct ScoreboardResponseCountData {
    responses: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScoreboardVerdictData {
    verdict: Verdict,
}

#[derive(Deserialize)]
struct OwnerData {
    owner: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewestRunData {
    state: String,
    finished_at: Option<DateTime<Utc>>,
    as_of: NaiveDate,
}

#[derive(Deserialize)]
struct PrimarySegmentData {
    key: String,
    name: String,
    current: Option<PrimaryScoreBucketData>,
    scores: Vec<PrimaryScoreBucketData>,
}

#[derive(Deserialize)]
struct PrimaryScoreBucketData {
    start: NaiveDate,
    #[serde(default)]
    end: Option<NaiveDate>,
    nps: NpsData,
    rolling: NpsData,
}

/// The score of the primary customer, on top of the page.
struct PrimaryHeadline {
    key: String,
    name: String,
    score: String,
    summary: String,
    until: String,
    spark: Sparkline,
    comparisons: [HeadlineComparison; 3],
}

/// The change of the score since one earlier period; `None` where either has no score.
struct HeadlineComparison {
    name: &'static str,
    against: &'static str,
    score: String,
    change: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/scoreboard.html", whitespace = "minimize")]
struct ScoreboardPage {
    shell: PageShell,
    headline: Option<PrimaryHeadline>,
    counts: [usize; 3],
    rows: Vec<ScoreboardRow>,
    not_shown: usize,
    ticks: Vec<(String, String)>,
    filter: ScoreboardFilter,
    updates: DecisionUpdates,
    quote: Option<QuoteData>,
    quotes_are_denied: bool,
    csv: String,
    as_of: Option<String>,
}

/// `GET /`.
pub async fn page(visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    let today = visit.today();
    let primary = visit.query::<PrimaryFilterData>(include_str!("query/primary.graphql"), json!({})).await?;
    let who = primary.data.segments.nodes.into_iter().next().map_or(Value::Null, |segment| segment.filter);
    let variables = json!({
        "filter": filter::graphql_filter(&visit.fields),
        "quotes": who,
        "mayRead": visit.may_read_responses(),
        "during": { "from": today.checked_sub_days(Days::new(QUOTE_DAYS)) },
        "trend": { "from": today.checked_sub_days(Days::new(TREND_DAYS)) },
    });
    let lists = [
        WholeList { pointer: "/decisions", more: include_str!("query/more_decisions.graphql") },
        WholeList { pointer: "/segments", more: include_str!("query/more_segment_names.graphql") },
        WholeList { pointer: "/forecasters", more: include_str!("query/more_owners.graphql") },
    ];
    let data = visit.query_whole::<ScoreboardData>(include_str!("query/scoreboard.graphql"), variables, &lists).await?;
    let scoreboard = data.data;
    if visit.fields.get("csv") == Some("decisions") {
        return Ok(table(&scoreboard.decisions.nodes).download("decisions"));
    }
    let axis = ForestAxis::of(
        scoreboard
            .decisions
            .nodes
            .iter()
            .map(|decision| (&decision.expectation, decision.review.as_ref().and_then(|review| review.interval))),
    );
    let updates = DecisionUpdates::of(&scoreboard.decisions.nodes, today);
    let newest = scoreboard.runs.nodes.first().filter(|run| run.state == "SUCCEEDED" && run.finished_at.is_some());
    let page = ScoreboardPage {
        counts: counts(&scoreboard.decisions.nodes),
        filter: ScoreboardFilter::new(&visit.fields, &scoreboard),
        not_shown: scoreboard.decisions.nodes.len().saturating_sub(ROWS),
        rows: scoreboard
            .decisions
            .nodes
            .iter()
            .take(ROWS)
            .map(|decision| ScoreboardRow::new(decision, &axis, today))
            .collect(),
        ticks: axis.ticks(),
        updates,
        quotes_are_denied: !visit.may_read_responses(),
        quote: quote_of_the_day(scoreboard.quotes.map_or_else(Vec::new, |quotes| quotes.nodes), today),
        as_of: newest.map(|run| wording::date(run.as_of)),
        csv: visit.address_with("csv", "decisions"),
        shell: PageShell::new(&visit, "Scoreboard", "/", vec![primary.query, data.query]),
        headline: scoreboard.primary.nodes.into_iter().next().and_then(headline),
    };
    Ok(html(StatusCode::OK, &page))
}

fn headline(primary: PrimarySegmentData) -> Option<PrimaryHeadline> {
    let current = primary.current?;
    let earlier = |weeks: u64| {
        let start = current.start.checked_sub_days(Days::new(weeks * 7))?;
        primary.scores.iter().find(|bucket| bucket.start == start)
    };
    let comparison = |name, against, weeks, of: fn(&PrimaryScoreBucketData) -> &NpsData| HeadlineComparison {
        name,
        against,
        score: match earlier(weeks).map(|before| wording::nps(of(before))) {
            Some(before) if weeks == 1 => format!("{}, was {before}", wording::nps(of(&current))),
            Some(before) => format!("was {before}"),
            None => wording::nps(of(&current)),
        },
        change: earlier(weeks)
            .and_then(|before| ScoreChangeData::between(of(before), of(&current)))
            .map(wording::change),
    };
    Some(PrimaryHeadline {
        comparisons: [
            comparison("The week", "against the week before; one week is mostly chance", 1, |bucket| &bucket.nps),
            comparison("The quarter", "against the 13 weeks before", 13, |bucket| &bucket.rolling),
            comparison("The year", "against the same 13 weeks a year ago", 52, |bucket| &bucket.rolling),
        ],
        key: path_part(&primary.key),
        name: primary.name,
        score: current.rolling.score.map_or_else(|| "–".to_owned(), wording::score),
        summary: match current.rolling.interval {
            Some(interval) => {
                format!("{}, {}", wording::score_range(interval), wording::responses(current.rolling.responses))
            }
            None => wording::nps(&current.rolling),
        },
        until: current.end.map(wording::date).unwrap_or_default(),
        spark: Sparkline::new(&primary.scores.iter().map(|bucket| bucket.rolling.score).collect::<Vec<_>>()),
    })
}

/// The numbers of decisions that moved up, that moved down, and that did not move.
fn counts(decisions: &[ScoreboardDecisionData]) -> [usize; 3] {
    let count = |verdict: Verdict| {
        let has = |decision: &&ScoreboardDecisionData| {
            decision.review.as_ref().is_some_and(|review| review.verdict == verdict)
        };
        decisions.iter().filter(has).count()
    };
    [Verdict::MovedUp, Verdict::MovedDown, Verdict::DidNotMove].map(count)
}

/// One of the newest quotes, another one each day; `None` when there is none.
fn quote_of_the_day(mut quotes: Vec<QuoteData>, today: NaiveDate) -> Option<QuoteData> {
    quotes.retain(|quote| quote.comment.is_some());
    let days = today.signed_duration_since(NaiveDate::default()).num_days().unsigned_abs();
    let at = usize::try_from(days.checked_rem(quotes.len() as u64)?).ok()?;
    Some(quotes.swap_remove(at))
}

fn table(decisions: &[ScoreboardDecisionData]) -> CsvTable {
    let row = |decision: &ScoreboardDecisionData| {
        let review = decision.review.as_ref();
        let interval = review.and_then(|review| review.interval);
        vec![
            CsvCell::from(decision.external_id.as_str()),
            CsvCell::from(decision.title.as_str()),
            CsvCell::from(decision.owner.as_str()),
            CsvCell::from(decision.target.as_ref().map(|target| target.key.as_str())),
            CsvCell::from(decision.takes_effect_on),
            CsvCell::from(u64::from(decision.horizon_weeks)),
            CsvCell::from(decision.expectation.impact),
            CsvCell::from(decision.expectation.low),
            CsvCell::from(decision.expectation.high),
            CsvCell::from(review.and_then(|review| review.effect)),
            CsvCell::from(interval.map(|interval| interval.low)),
            CsvCell::from(interval.map(|interval| interval.high)),
            CsvCell::from(review.map(|review| review.after.responses)),
            CsvCell::from(review.map(|review| review.verdict.name()).as_deref()),
            CsvCell::from(review.map(|review| review.as_of)),
        ]
    };
    CsvTable {
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
            "responses",
            "verdict",
            "as_of",
        ],
        rows: decisions.iter().map(row).collect(),
    }
}
