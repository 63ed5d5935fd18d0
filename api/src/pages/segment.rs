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

use super::chart::{SeriesChart, SeriesData, SeriesMark, SeriesPoint, Sparkline};
use super::csv::{CsvCell, CsvTable};
use super::data::{IntervalData, NodeList, NpsData, SegmentNameData};
use super::problem::PageProblem;
use super::query::WholeList;
use super::reply::html;
use super::shell::PageShell;
use super::verdict::VerdictView as _;
use super::visit::PageVisit;
use super::wording::{self, DisplayText as _};
use crate::http::form::{FormFields, path_part};

pub use definition::in_words;

/// The days that the sparklines show.
const TREND_DAYS: u64 = 26 * 7;

/// The lengths of a bucket of a series: the name in the API, and the label on the page.
pub const GRAINS: [(&str, &str); 3] =
    [("WEEK", "week by week"), ("MONTH", "month by month"), ("QUARTER", "quarter by quarter")];

#[derive(Deserialize)]
struct SegmentListData {
    segments: NodeList<SegmentSummaryData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SegmentSummaryData {
    key: String,
    name: String,
    description: Option<String>,
    is_primary: bool,
    current: Option<SegmentBucketData>,
    scores: Vec<RollingScoreData>,
}

impl SegmentSummaryData {
    fn address(&self) -> String {
        format!("/segments/{}", path_part(&self.key))
    }

    fn spark(&self) -> Sparkline {
        Sparkline::new(&self.scores.iter().map(|bucket| bucket.rolling.score).collect::<Vec<_>>())
    }
}

#[derive(Deserialize)]
struct RollingScoreData {
    rolling: NpsData,
}

#[derive(Deserialize)]
struct SegmentBucketData {
    start: NaiveDate,
    end: NaiveDate,
    nps: NpsData,
    rolling: NpsData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SegmentPageData {
    segment: Option<SegmentData>,
    primary_declarations: Vec<DeclarationData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SegmentData {
    key: String,
    name: String,
    description: Option<String>,
    filter: Value,
    is_primary: bool,
    current: Option<SegmentBucketData>,
    scores: Vec<SegmentBucketData>,
    decisions: NodeList<TargetingDecisionData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetingDecisionData {
    external_id: String,
    title: String,
    takes_effect_on: NaiveDate,
    review: Option<TargetingReviewData>,
}

impl TargetingDecisionData {
    fn address(&self) -> String {
        format!("/decision/{}", path_part(&self.external_id))
    }
}

#[derive(Deserialize)]
struct TargetingReviewData {
    verdict: Verdict,
    effect: Option<f64>,
    interval: Option<IntervalData>,
}

impl TargetingReviewData {
    fn measured(&self) -> Option<String> {
        let (effect, interval) = self.effect.zip(self.interval)?;
        Some(format!("{} ({})", wording::points(effect), wording::range(interval)))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeclarationData {
    segment: SegmentNameData,
    declared_by: String,
    reason: String,
    declared_at: DateTime<Utc>,
}

impl DeclarationData {
    fn day(&self) -> String {
        wording::date(self.declared_at.date_naive())
    }
}

#[derive(Template)]
#[template(path = "pages/segments.html", whitespace = "minimize")]
struct SegmentListPage {
    shell: PageShell,
    segments: Vec<SegmentSummaryData>,
    csv: String,
}

#[derive(Template)]
#[template(path = "pages/segment.html", whitespace = "minimize")]
struct SegmentPage {
    shell: PageShell,
    segment: SegmentData,
    definition: String,
    chart: Option<SeriesChart>,
    declarations: Vec<DeclarationData>,
    grains: Vec<(&'static str, &'static str, bool)>,
    from: String,
    until: String,
    csv: String,
    slices: String,
}

/// `GET /segments`.
pub async fn list(visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    let from = visit.today().checked_sub_days(Days::new(TREND_DAYS));
    let variables = json!({ "trend": { "from": from } });
    let lists = [WholeList { pointer: "/segments", more: include_str!("query/more_segments.graphql") }];
    let data = visit.query_whole::<SegmentListData>(include_str!("query/segments.graphql"), variables, &lists).await?;
    let nodes = data.data.segments.nodes;
    if visit.fields.get("csv") == Some("segments") {
        return Ok(list_table(&nodes).download("segments"));
    }
    let page = SegmentListPage {
        segments: nodes,
        csv: visit.address_with("csv", "segments"),
        shell: PageShell::new(&visit, "Segments", "/segments", vec![data.query]),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /segments/{key}`.
pub async fn page(Path(key): Path<String>, visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    let (grain, _) = chosen_grain(&visit.fields);
    let day = |name: &str| visit.fields.get(name).and_then(|text| text.parse::<Day>().ok().map(Day::to_date));
    let variables = json!({ "key": key, "grain": grain, "during": { "from": day("from"), "until": day("until") } });
    let lists =
        [WholeList { pointer: "/segment/decisions", more: include_str!("query/more_segment_decisions.graphql") }];
    let data = visit.query_whole::<SegmentPageData>(include_str!("query/segment.graphql"), variables, &lists).await?;
    let SegmentPageData { segment, primary_declarations } = data.data;
    let Some(segment) = segment else {
        return Err(PageProblem::not_found(format!("There is no segment \"{key}\".")));
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
        slices: FormFields::default().with("segment", &segment.key).address("/slices"),
        shell: PageShell::new(&visit, segment.name.clone(), "/segments", vec![data.query]),
        segment,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The grain in the URL; weeks when it is missing or unknown.
pub fn chosen_grain(fields: &FormFields) -> (&'static str, &'static str) {
    GRAINS.into_iter().find(|(code, _)| fields.get("grain") == Some(*code)).unwrap_or(GRAINS[0])
}

fn chart(segment: &SegmentData) -> Option<SeriesChart> {
    let points = segment.scores.iter().map(|bucket| SeriesPoint {
        on: bucket.start,
        line: bucket.rolling.score,
        band: bucket.rolling.interval.map(|interval| (interval.low, interval.high)),
        dot: bucket.nps.score,
    });
    let marks = segment.decisions.nodes.iter().rev().enumerate().map(|(at, decision)| SeriesMark {
        on: decision.takes_effect_on,
        label: (at + 1).to_string(),
        title: format!("{} takes effect", decision.title),
        is_main: false,
    });
    SeriesChart::of(SeriesData {
        id: "scores",
        title: format!("The score of {} over time", segment.name),
        description:
            "The line is the score of the thirteen weeks up to each bucket, with its 95 % interval; the dots are \
            the scores of single buckets. The numbers are in the table below."
                .to_owned(),
        points: points.collect(),
        marks: marks.collect(),
        joins_dots: false,
    })
}

fn score_cells(nps: &NpsData) -> [CsvCell; 4] {
    [
        CsvCell::from(nps.score),
        CsvCell::from(nps.interval.map(|interval| interval.low)),
        CsvCell::from(nps.interval.map(|interval| interval.high)),
        CsvCell::from(nps.responses),
    ]
}

fn list_table(segments: &[SegmentSummaryData]) -> CsvTable {
    let row = |segment: &SegmentSummaryData| {
        let mut row = vec![CsvCell::from(segment.key.as_str()), CsvCell::from(segment.name.as_str())];
        match &segment.current {
            Some(current) => {
                row.extend(score_cells(&current.rolling));
                row.extend(score_cells(&current.nps));
                row.push(CsvCell::from(current.end));
            }
            None => row.extend(std::iter::repeat_n(CsvCell::Empty, 9)),
        }
        row
    };
    CsvTable {
        columns: &[
            "key",
            "name",
            "score_13_weeks",
            "low",
            "high",
            "responses",
            "score_week",
            "week_low",
            "week_high",
            "week_responses",
            "until",
        ],
        rows: segments.iter().map(row).collect(),
    }
}

fn scores_table(scores: &[SegmentBucketData]) -> CsvTable {
    let row = |bucket: &SegmentBucketData| {
        let days = [CsvCell::from(bucket.start), CsvCell::from(bucket.end)];
        days.into_iter().chain(score_cells(&bucket.nps)).chain(score_cells(&bucket.rolling)).collect()
    };
    CsvTable {
        columns: &[
            "start",
            "end",
            "score",
            "low",
            "high",
            "responses",
            "score_13_weeks",
            "low_13_weeks",
            "high_13_weeks",
            "responses_13_weeks",
        ],
        rows: scores.iter().map(row).collect(),
    }
}
