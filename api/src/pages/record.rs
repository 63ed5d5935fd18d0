//! `/record`: how expectations came true, worded to teach; and what the decisions add up to.

mod lesson;

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use entity::Day;
use serde::Deserialize;
use serde_json::json;

use self::lesson::lessons;
use super::answer::html;
use super::csv::{Cell, Table};
use super::problem::Problem;
use super::shell::Shell;
use super::told::{Interval, Named, Nodes};
use super::visit::Visit;
use super::wording;
use crate::http::form::{Fields, path_part};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    forecasters: Nodes<Forecaster>,
    by_owner: Ledger,
    by_segment: Entries,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Forecaster {
    owner: String,
    decisions: u64,
    judged: u64,
    moved: u64,
    bias: Option<f64>,
    slope: Option<f64>,
    coverage: Option<f64>,
    expected_coverage: Option<f64>,
    brier: Option<f64>,
    skill: Option<f64>,
}

impl Forecaster {
    /// The scoreboard of this owner.
    fn address(&self) -> String {
        Fields::default().with("owner", &self.owner).address("/")
    }

    fn lessons(&self) -> Vec<String> {
        lessons(self)
    }
}

#[derive(Deserialize)]
struct Ledger {
    total: Total,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entries {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    segment: Option<Named>,
    total: Total,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    decisions: u64,
    points: f64,
    interval: Interval,
    unshrunk_points: f64,
}

impl Total {
    fn sum(&self) -> String {
        wording::points(self.points)
    }

    fn range(&self) -> String {
        wording::range(self.interval)
    }

    fn unshrunk(&self) -> String {
        wording::points(self.unshrunk_points)
    }
}

/// One line of the ledger.
struct Line {
    name: String,
    address: Option<String>,
    total: Total,
}

#[derive(Template)]
#[template(path = "pages/record.html", whitespace = "minimize")]
struct Page {
    shell: Shell,
    forecasters: Vec<Forecaster>,
    total: Total,
    owners: Vec<Line>,
    segments: Vec<Line>,
    from: String,
    until: String,
    record_csv: String,
    ledger_csv: String,
}

/// `GET /record`.
pub async fn page(visit: Visit) -> Result<Response<Body>, Problem> {
    let day = |name: &str| visit.fields.get(name).and_then(|text| text.parse::<Day>().ok().map(Day::to_date));
    let variables = json!({ "during": { "from": day("from"), "until": day("until") } });
    let data = visit.ask::<Known>(include_str!("query/record.graphql"), variables).await?;
    let Known { forecasters, by_owner, by_segment } = data.data;
    match visit.fields.get("csv") {
        Some("record") => return Ok(record_table(&forecasters.nodes).download("record")),
        Some("ledger") => return Ok(ledger_table(&by_owner.entries, &by_segment.entries).download("ledger")),
        _ => {}
    }
    let page = Page {
        forecasters: forecasters.nodes,
        total: by_owner.total,
        owners: by_owner.entries.into_iter().map(of_owner).collect(),
        segments: by_segment.entries.into_iter().map(of_segment).collect(),
        from: visit.fields.typed("from").to_owned(),
        until: visit.fields.typed("until").to_owned(),
        record_csv: visit.address_with("csv", "record"),
        ledger_csv: visit.address_with("csv", "ledger"),
        shell: Shell::new(&visit, "Record", "/record", vec![data.asked]),
    };
    Ok(html(StatusCode::OK, &page))
}

fn of_owner(entry: Entry) -> Line {
    let name = entry.owner.unwrap_or_default();
    Line { address: Some(Fields::default().with("owner", &name).address("/")), name, total: entry.total }
}

fn of_segment(entry: Entry) -> Line {
    match entry.segment {
        Some(segment) => {
            let address = Some(format!("/segments/{}", path_part(&segment.key)));
            Line { name: segment.name, address, total: entry.total }
        }
        None => Line { name: "everyone".to_owned(), address: None, total: entry.total },
    }
}

fn record_table(forecasters: &[Forecaster]) -> Table {
    let row = |one: &Forecaster| {
        let counts = [one.decisions, one.judged, one.moved].map(Cell::from);
        let figures = [one.bias, one.slope, one.coverage, one.expected_coverage, one.brier, one.skill].map(Cell::from);
        [Cell::from(one.owner.as_str())].into_iter().chain(counts).chain(figures).collect()
    };
    Table {
        columns: &[
            "owner",
            "decisions",
            "judged",
            "moved",
            "bias",
            "slope",
            "coverage",
            "expected_coverage",
            "brier",
            "skill",
        ],
        rows: forecasters.iter().map(row).collect(),
    }
}

fn ledger_table(owners: &[Entry], segments: &[Entry]) -> Table {
    let row = |by: &str, name: Option<&str>, total: &Total| {
        vec![
            Cell::from(by),
            Cell::from(name),
            Cell::from(total.decisions),
            Cell::from(total.points),
            Cell::from(total.interval.low),
            Cell::from(total.interval.high),
            Cell::from(total.unshrunk_points),
        ]
    };
    let owners = owners.iter().map(|entry| row("owner", entry.owner.as_deref(), &entry.total));
    let segments = segments.iter().map(|entry| {
        row("segment", Some(entry.segment.as_ref().map_or("everyone", |segment| &segment.key)), &entry.total)
    });
    let columns = &["by", "name", "decisions", "points", "low", "high", "points_as_estimated"];
    Table { columns, rows: owners.chain(segments).collect() }
}
