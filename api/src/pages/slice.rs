//! `/slices`: any group in any period, broken down by any attribute, compared with another period.

mod query;
mod table;

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use self::query::SliceQuery;
use super::chart::{SeriesChart, SeriesData, SeriesPoint};
use super::data::{IntervalData, NodeList, NpsData, ScoreChangeData};
use super::problem::PageProblem;
use super::query::WholeList;
use super::reply::html;
use super::segment::GRAINS;
use super::shell::PageShell;
use super::visit::PageVisit;
use super::wording::{self, DisplayText as _};

/// The groups that the page shows, those with the most responses first; the CSV file has all of them.
const GROUPS: usize = 100;

/// How many of the groups that are shown together are named.
const NAMED: usize = 5;

#[derive(Deserialize)]
struct SliceChoicesData {
    dimensions: Vec<DimensionData>,
    segments: NodeList<SliceSegmentData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DimensionData {
    name: String,
    sliceable: bool,
    distinct_values: u64,
}

#[derive(Deserialize)]
struct SliceSegmentData {
    key: String,
    name: String,
    filter: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SlicePageData {
    now: NpsData,
    before: Option<NpsData>,
    nps_series: Vec<SliceBucketData>,
    #[serde(default)]
    nps_breakdown: Vec<SliceGroupData>,
}

#[derive(Deserialize)]
struct SliceBucketData {
    start: chrono::NaiveDate,
    end: chrono::NaiveDate,
    nps: NpsData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SliceGroupData {
    key: Vec<GroupKeyData>,
    merged_groups: Vec<MergedGroupData>,
    nps: NpsData,
    compared: Option<NpsData>,
    change: Option<f64>,
    change_interval: Option<IntervalData>,
    rate_effect: Option<f64>,
    mix_effect: Option<f64>,
}

#[derive(Deserialize)]
struct MergedGroupData {
    key: Vec<GroupKeyData>,
}

#[derive(Deserialize)]
struct GroupKeyData {
    value: Option<String>,
}

/// One line of the breakdown; `address` narrows the slice to its group.
struct SliceRow {
    name: String,
    address: Option<String>,
    group: SliceGroupData,
    change: Option<(String, String)>,
    rate: String,
    mix: String,
}

/// One option of a select list.
struct SliceChoice {
    value: String,
    name: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/slices.html", whitespace = "minimize")]
struct SlicePage {
    shell: PageShell,
    query: SliceQuery,
    segments: Vec<SliceChoice>,
    dimensions: Vec<SliceChoice>,
    grains: Vec<SliceChoice>,
    now: String,
    before: Option<String>,
    change: Option<String>,
    rows: Vec<SliceRow>,
    has_rest: bool,
    not_shown: usize,
    rate: String,
    mix: String,
    chart: Option<SeriesChart>,
    buckets: Vec<SliceBucketData>,
    groups_csv: String,
    series_csv: String,
    without_condition: String,
}

/// `GET /slices`.
pub async fn page(visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    let lists = [WholeList { pointer: "/segments", more: include_str!("query/more_segment_names.graphql") }];
    let choices =
        visit.query_whole::<SliceChoicesData>(include_str!("query/slice_choices.graphql"), json!({}), &lists).await?;
    let query = SliceQuery::new(&visit.fields, visit.today(), &choices.data)?;
    let data = visit.query::<SlicePageData>(include_str!("query/slices.graphql"), query.variables.clone()).await?;
    let mut slice = data.data;
    match visit.fields.get("csv") {
        Some("groups") => return Ok(table::groups(&query.by, &slice.nps_breakdown).download("slices")),
        Some("series") => return Ok(table::series(&slice.nps_series).download("series")),
        _ => {}
    }
    // The rest comes last, whatever its size.
    slice.nps_breakdown.sort_by_key(|group| (group.is_rest(), std::cmp::Reverse(group.nps.responses)));
    let sum = |effect: fn(&SliceGroupData) -> Option<f64>| {
        let effects: Vec<f64> = slice.nps_breakdown.iter().filter_map(effect).collect();
        if effects.is_empty() { "–".to_owned() } else { wording::points(effects.iter().sum()) }
    };
    let page = SlicePage {
        rate: sum(|group| group.rate_effect),
        mix: sum(|group| group.mix_effect),
        now: wording::nps(&slice.now),
        change: slice
            .before
            .as_ref()
            .and_then(|before| ScoreChangeData::between(before, &slice.now))
            .map(wording::change),
        before: slice.before.as_ref().map(wording::nps),
        chart: chart(&slice.nps_series),
        has_rest: slice.nps_breakdown.iter().any(SliceGroupData::is_rest),
        not_shown: slice.nps_breakdown.len().saturating_sub(GROUPS),
        rows: slice.nps_breakdown.into_iter().take(GROUPS).map(|group| row(&visit, &query, group)).collect(),
        buckets: slice.nps_series,
        segments: build_choices(
            choices.data.segments.nodes.into_iter().map(|segment| (segment.key, segment.name)),
            query.segment.as_deref(),
        ),
        dimensions: build_choices(
            choices.data.dimensions.into_iter().filter(|dimension| dimension.sliceable).map(|dimension| {
                let values = dimension.distinct_values;
                (dimension.name.clone(), format!("{} ({})", dimension.name, wording::count(values)))
            }),
            Some(&query.by),
        ),
        grains: build_choices(
            GRAINS.into_iter().map(|(code, name)| (code.to_owned(), name.to_owned())),
            Some(query.grain),
        ),
        groups_csv: visit.address_with("csv", "groups"),
        series_csv: visit.address_with("csv", "series"),
        without_condition: visit.fields.without("attribute").without("value").address("/slices"),
        shell: PageShell::new(&visit, "Slices", "/slices", vec![data.query, choices.query]),
        query,
    };
    Ok(html(StatusCode::OK, &page))
}

fn build_choices(all: impl Iterator<Item = (String, String)>, chosen: Option<&str>) -> Vec<SliceChoice> {
    all.map(|(value, name)| SliceChoice { is_chosen: Some(value.as_str()) == chosen, value, name }).collect()
}

impl SliceGroupData {
    fn is_rest(&self) -> bool {
        !self.merged_groups.is_empty()
    }

    /// The name of the group: its value, or which groups it holds together.
    fn name(&self, by: &str) -> String {
        let name = |key: &[GroupKeyData]| {
            let value = key.first().and_then(|part| part.value.clone());
            value.unwrap_or_else(|| format!("no {by}"))
        };
        if !self.is_rest() {
            return name(&self.key);
        }
        let names: Vec<String> = self.merged_groups.iter().take(NAMED).map(|group| name(&group.key)).collect();
        let more = match self.merged_groups.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}, together", names.join(", "))
    }
}

fn row(visit: &PageVisit, query: &SliceQuery, group: SliceGroupData) -> SliceRow {
    let value = group.key.first().and_then(|part| part.value.clone());
    let narrowed = |value: &str| visit.fields.with("attribute", &query.by).with("value", value).address("/slices");
    let effect = |effect: Option<f64>| effect.map_or_else(|| "–".to_owned(), wording::points);
    SliceRow {
        address: value.as_deref().map(narrowed),
        name: group.name(&query.by),
        change: group
            .change
            .zip(group.change_interval)
            .map(|(change, interval)| (wording::points(change), wording::range(interval))),
        rate: effect(group.rate_effect),
        mix: effect(group.mix_effect),
        group,
    }
}

fn chart(series: &[SliceBucketData]) -> Option<SeriesChart> {
    let points = series.iter().map(|bucket| SeriesPoint {
        on: bucket.start,
        line: bucket.nps.score,
        band: bucket.nps.interval.map(|interval| (interval.low, interval.high)),
        dot: None,
    });
    SeriesChart::of(SeriesData {
        id: "series",
        title: "The score of this slice over time".to_owned(),
        description:
            "The line is the score of each bucket, with its 95 % interval. The numbers are in the table below."
                .to_owned(),
        points: points.collect(),
        marks: Vec::new(),
        joins_dots: false,
    })
}
