//! `/slices`: any group in any period, broken down by any attribute, compared with another period.

mod query;
mod table;

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use self::query::Wanted;
use super::answer::html;
use super::chart::{Point, Series, SeriesChart};
use super::problem::Problem;
use super::segment::GRAINS;
use super::shell::Shell;
use super::told::{Interval, Nodes, Nps};
use super::visit::Visit;
use super::wording::{self, Told as _};

/// How many groups a page shows; the file to download has all.
const GROUPS: usize = 100;

#[derive(Deserialize)]
struct Choices {
    dimensions: Vec<Dimension>,
    segments: Nodes<Segment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    name: String,
    sliceable: bool,
    distinct_values: u64,
}

#[derive(Deserialize)]
struct Segment {
    key: String,
    name: String,
    filter: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    now: Nps,
    before: Option<Nps>,
    nps_series: Vec<Bucket>,
    #[serde(default)]
    nps_breakdown: Vec<Group>,
}

#[derive(Deserialize)]
struct Bucket {
    start: chrono::NaiveDate,
    end: chrono::NaiveDate,
    nps: Nps,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    key: Vec<KeyPart>,
    nps: Nps,
    compared: Option<Nps>,
    change: Option<f64>,
    change_interval: Option<Interval>,
    rate_effect: Option<f64>,
    mix_effect: Option<f64>,
}

#[derive(Deserialize)]
struct KeyPart {
    value: Option<String>,
}

/// One line of the breakdown.
struct Row {
    name: String,
    address: Option<String>,
    group: Group,
    change: Option<(String, String)>,
    rate: String,
    mix: String,
}

/// One choice of a list.
struct Choice {
    value: String,
    name: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/slices.html", whitespace = "minimize")]
struct Page {
    shell: Shell,
    wanted: Wanted,
    segments: Vec<Choice>,
    dimensions: Vec<Choice>,
    grains: Vec<Choice>,
    now: String,
    before: Option<String>,
    change: Option<String>,
    rows: Vec<Row>,
    left_out: usize,
    rate: String,
    mix: String,
    chart: Option<SeriesChart>,
    buckets: Vec<Bucket>,
    groups_csv: String,
    series_csv: String,
    without_condition: String,
}

/// `GET /slices`.
pub async fn page(visit: Visit) -> Result<Response<Body>, Problem> {
    let choices = visit.ask::<Choices>(include_str!("query/slice_choices.graphql"), json!({})).await?;
    let query = Wanted::new(&visit.fields, visit.today(), &choices.data)?;
    let data = visit.ask::<Known>(include_str!("query/slices.graphql"), query.variables.clone()).await?;
    let mut slice = data.data;
    match visit.fields.get("csv") {
        Some("groups") => return Ok(table::groups(&query.by, &slice.nps_breakdown).download("slices")),
        Some("series") => return Ok(table::series(&slice.nps_series).download("series")),
        _ => {}
    }
    slice.nps_breakdown.sort_by_key(|group| std::cmp::Reverse(group.nps.responses));
    let sum = |effect: fn(&Group) -> Option<f64>| {
        let effects: Vec<f64> = slice.nps_breakdown.iter().filter_map(effect).collect();
        if effects.is_empty() { "–".to_owned() } else { wording::points(effects.iter().sum()) }
    };
    let page = Page {
        rate: sum(|group| group.rate_effect),
        mix: sum(|group| group.mix_effect),
        now: wording::nps(&slice.now),
        change: slice.before.as_ref().and_then(|before| Some(wording::points(slice.now.score? - before.score?))),
        before: slice.before.as_ref().map(wording::nps),
        chart: chart(&slice.nps_series),
        left_out: slice.nps_breakdown.len().saturating_sub(GROUPS),
        rows: slice.nps_breakdown.into_iter().take(GROUPS).map(|group| row(&visit, &query, group)).collect(),
        buckets: slice.nps_series,
        segments: offered(
            choices.data.segments.nodes.into_iter().map(|segment| (segment.key, segment.name)),
            query.segment.as_deref(),
        ),
        dimensions: offered(
            choices.data.dimensions.into_iter().filter(|dimension| dimension.sliceable).map(|dimension| {
                let values = dimension.distinct_values;
                (dimension.name.clone(), format!("{} ({})", dimension.name, wording::count(values)))
            }),
            Some(&query.by),
        ),
        grains: offered(GRAINS.into_iter().map(|(code, name)| (code.to_owned(), name.to_owned())), Some(query.grain)),
        groups_csv: visit.address_with("csv", "groups"),
        series_csv: visit.address_with("csv", "series"),
        without_condition: visit.fields.without("attribute").without("value").address("/slices"),
        shell: Shell::new(&visit, "Slices", "/slices", vec![data.asked, choices.asked]),
        wanted: query,
    };
    Ok(html(StatusCode::OK, &page))
}

fn offered(all: impl Iterator<Item = (String, String)>, chosen: Option<&str>) -> Vec<Choice> {
    all.map(|(value, name)| Choice { is_chosen: Some(value.as_str()) == chosen, value, name }).collect()
}

fn row(visit: &Visit, query: &Wanted, group: Group) -> Row {
    let value = group.key.first().and_then(|part| part.value.clone());
    let narrowed = |value: &str| visit.fields.with("attribute", &query.by).with("value", value).address("/slices");
    let effect = |effect: Option<f64>| effect.map_or_else(|| "–".to_owned(), wording::points);
    Row {
        address: value.as_deref().map(narrowed),
        name: value.unwrap_or_else(|| format!("no {}", query.by)),
        change: group
            .change
            .zip(group.change_interval)
            .map(|(change, interval)| (wording::points(change), wording::range(interval))),
        rate: effect(group.rate_effect),
        mix: effect(group.mix_effect),
        group,
    }
}

fn chart(series: &[Bucket]) -> Option<SeriesChart> {
    let points = series.iter().map(|bucket| Point {
        on: bucket.start,
        line: bucket.nps.score,
        band: bucket.nps.interval.map(|interval| (interval.low, interval.high)),
        dot: None,
    });
    SeriesChart::of(Series {
        id: "series",
        title: "The score of this slice over time".to_owned(),
        description:
            "The line is the score of each bucket, with its 95 % interval. The numbers stand in the table below."
                .to_owned(),
        points: points.collect(),
        marks: Vec::new(),
        joins_dots: false,
    })
}
