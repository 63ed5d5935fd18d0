//! `/segments`: every segment with its score, and one segment over time.

mod definition;

use askama::Template;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Response, StatusCode};
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::Day;
use entity::verdict::Verdict;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::html;
use super::chart::{Mark, Point, Series, SeriesChart, Spark};
use super::csv::{Cell, Table};
use super::problem::Problem;
use super::shell::Shell;
use super::told::{Interval, Named, Nodes, Nps};
use super::verdict::VerdictView as _;
use super::visit::Visit;
use super::wording::{self, Told as _};
use crate::http::form::{Fields, path_part};

pub use definition::in_words;

/// How many days the small charts show.
const TREND_DAYS: u64 = 26 * 7;

/// The lengths of time that a series can be cut into, as the API names them and in words.
pub const GRAINS: [(&str, &str); 3] =
    [("WEEK", "week by week"), ("MONTH", "month by month"), ("QUARTER", "quarter by quarter")];

#[derive(Deserialize)]
struct All {
    segments: Page<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    total_count: usize,
    nodes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    key: String,
    name: String,
    description: Option<String>,
    is_primary: bool,
    current: Option<Bucket>,
    scores: Vec<Rolling>,
}

impl Listed {
    fn address(&self) -> String {
        format!("/segments/{}", path_part(&self.key))
    }

    fn spark(&self) -> Spark {
        Spark::new(&self.scores.iter().map(|bucket| bucket.rolling.score).collect::<Vec<_>>())
    }
}

#[derive(Deserialize)]
struct Rolling {
    rolling: Nps,
}

#[derive(Deserialize)]
struct Bucket {
    start: NaiveDate,
    end: NaiveDate,
    nps: Nps,
    rolling: Nps,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    segment: Option<Segment>,
    primary_declarations: Vec<Declaration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Segment {
    key: String,
    name: String,
    description: Option<String>,
    filter: Value,
    is_primary: bool,
    current: Option<Bucket>,
    scores: Vec<Bucket>,
    decisions: Nodes<Targeting>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targeting {
    external_id: String,
    title: String,
    takes_effect_on: NaiveDate,
    review: Option<Review>,
}

impl Targeting {
    fn address(&self) -> String {
        format!("/decision/{}", path_part(&self.external_id))
    }
}

#[derive(Deserialize)]
struct Review {
    verdict: Verdict,
    effect: Option<f64>,
    interval: Option<Interval>,
}

impl Review {
    fn measured(&self) -> Option<String> {
        let (effect, interval) = self.effect.zip(self.interval)?;
        Some(format!("{} ({})", wording::points(effect), wording::range(interval)))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Declaration {
    segment: Named,
    declared_by: String,
    reason: String,
    declared_at: DateTime<Utc>,
}

impl Declaration {
    fn day(&self) -> String {
        wording::date(self.declared_at.date_naive())
    }
}

#[derive(Template)]
#[template(path = "pages/segments.html", whitespace = "minimize")]
struct ListPage {
    shell: Shell,
    segments: Vec<Listed>,
    left_out: usize,
    csv: String,
}

#[derive(Template)]
#[template(path = "pages/segment.html", whitespace = "minimize")]
struct SegmentPage {
    shell: Shell,
    segment: Segment,
    definition: String,
    chart: Option<SeriesChart>,
    declarations: Vec<Declaration>,
    grains: Vec<(&'static str, &'static str, bool)>,
    from: String,
    until: String,
    csv: String,
    slices: String,
}

/// `GET /segments`.
pub async fn list(visit: Visit) -> Result<Response<Body>, Problem> {
    let from = visit.today().checked_sub_days(Days::new(TREND_DAYS));
    let variables = json!({ "trend": { "from": from } });
    let data = visit.ask::<All>(include_str!("query/segments.graphql"), variables).await?;
    let Page { total_count, nodes } = data.data.segments;
    if visit.fields.get("csv") == Some("segments") {
        return Ok(list_table(&nodes).download("segments"));
    }
    let page = ListPage {
        left_out: total_count - nodes.len(),
        segments: nodes,
        csv: visit.address_with("csv", "segments"),
        shell: Shell::new(&visit, "Segments", "/segments", vec![data.asked]),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /segments/{key}`.
pub async fn page(Path(key): Path<String>, visit: Visit) -> Result<Response<Body>, Problem> {
    let (grain, _) = chosen_grain(&visit.fields);
    let day = |name: &str| visit.fields.get(name).and_then(|text| text.parse::<Day>().ok().map(Day::to_date));
    let variables = json!({ "key": key, "grain": grain, "during": { "from": day("from"), "until": day("until") } });
    let data = visit.ask::<One>(include_str!("query/segment.graphql"), variables).await?;
    let One { segment, primary_declarations } = data.data;
    let Some(segment) = segment else {
        return Err(Problem::not_found(format!("There is no segment \"{key}\".")));
    };
    if visit.fields.get("csv") == Some("scores") {
        return Ok(scores_table(&segment.scores).download("segment-scores"));
    }
    let choice = |(code, name)| (code, name, code == grain);
    let page = SegmentPage {
        definition: in_words(&segment.filter),
        chart: chart(&segment),
        declarations: if segment.is_primary { primary_declarations } else { Vec::new() },
        grains: GRAINS.into_iter().map(choice).collect(),
        from: visit.fields.typed("from").to_owned(),
        until: visit.fields.typed("until").to_owned(),
        csv: visit.address_with("csv", "scores"),
        slices: Fields::default().with("segment", &segment.key).address("/slices"),
        shell: Shell::new(&visit, segment.name.clone(), "/segments", vec![data.asked]),
        segment,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The grain that the address names; weeks when it names none of ours.
pub fn chosen_grain(fields: &Fields) -> (&'static str, &'static str) {
    GRAINS.into_iter().find(|(code, _)| fields.get("grain") == Some(*code)).unwrap_or(GRAINS[0])
}

fn chart(segment: &Segment) -> Option<SeriesChart> {
    let points = segment.scores.iter().map(|bucket| Point {
        on: bucket.start,
        line: bucket.rolling.score,
        band: bucket.rolling.interval.map(|interval| (interval.low, interval.high)),
        dot: bucket.nps.score,
    });
    let marks = segment.decisions.nodes.iter().rev().enumerate().map(|(at, decision)| Mark {
        on: decision.takes_effect_on,
        label: (at + 1).to_string(),
        title: format!("{} takes effect", decision.title),
        is_main: false,
    });
    SeriesChart::of(Series {
        id: "scores",
        title: format!("The score of {} over time", segment.name),
        description:
            "The line is the score of the thirteen weeks up to each bucket, with its 95 % interval; the dots are \
            the buckets alone. The numbers stand in the table below."
                .to_owned(),
        points: points.collect(),
        marks: marks.collect(),
        joins_dots: false,
    })
}

fn score_cells(nps: &Nps) -> [Cell; 4] {
    [
        Cell::from(nps.score),
        Cell::from(nps.interval.map(|interval| interval.low)),
        Cell::from(nps.interval.map(|interval| interval.high)),
        Cell::from(nps.responses),
    ]
}

fn list_table(segments: &[Listed]) -> Table {
    let row = |segment: &Listed| {
        let mut row = vec![Cell::from(segment.key.as_str()), Cell::from(segment.name.as_str())];
        match &segment.current {
            Some(current) => {
                row.extend(score_cells(&current.rolling));
                row.extend(score_cells(&current.nps));
                row.push(Cell::from(current.end));
            }
            None => row.extend(std::iter::repeat_n(Cell::Empty, 9)),
        }
        row
    };
    Table {
        columns: &[
            "key",
            "name",
            "score_13_weeks",
            "low",
            "high",
            "answers",
            "score_week",
            "week_low",
            "week_high",
            "week_answers",
            "until",
        ],
        rows: segments.iter().map(row).collect(),
    }
}

fn scores_table(scores: &[Bucket]) -> Table {
    let row = |bucket: &Bucket| {
        let days = [Cell::from(bucket.start), Cell::from(bucket.end)];
        days.into_iter().chain(score_cells(&bucket.nps)).chain(score_cells(&bucket.rolling)).collect()
    };
    Table {
        columns: &[
            "start",
            "end",
            "score",
            "low",
            "high",
            "answers",
            "score_13_weeks",
            "low_13_weeks",
            "high_13_weeks",
            "answers_13_weeks",
        ],
        rows: scores.iter().map(row).collect(),
    }
}
