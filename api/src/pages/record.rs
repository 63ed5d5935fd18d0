//! `/record`: how the expectations of each owner turned out, with advice for the next one, and the sum of all effects.

mod advice;

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use entity::Day;
use serde::Deserialize;
use serde_json::json;

use self::advice::advice;
use super::csv::{CsvCell, CsvTable};
use super::data::{IntervalData, NodeList, SegmentNameData};
use super::problem::PageProblem;
use super::query::WholeList;
use super::reply::html;
use super::shell::PageShell;
use super::visit::PageVisit;
use super::wording;
use crate::http::form::{FormFields, path_part};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordPageData {
    forecasters: NodeList<ForecasterData>,
    by_owner: LedgerData,
    by_segment: LedgerEntriesData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForecasterData {
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

impl ForecasterData {
    /// The scoreboard, filtered by this owner.
    fn address(&self) -> String {
        FormFields::default().with("owner", &self.owner).address("/")
    }

    fn advice(&self) -> Vec<String> {
        advice(self)
    }
}

#[derive(Deserialize)]
struct LedgerData {
    total: LedgerTotalData,
    entries: Vec<LedgerEntryData>,
}

#[derive(Deserialize)]
struct LedgerEntriesData {
    entries: Vec<LedgerEntryData>,
}

#[derive(Deserialize)]
struct LedgerEntryData {
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    segment: Option<SegmentNameData>,
    total: LedgerTotalData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LedgerTotalData {
    decisions: u64,
    points: f64,
    interval: IntervalData,
    unshrunk_points: f64,
}

impl LedgerTotalData {
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

/// One line of the ledger: an owner or a target, with a link where there is a page.
struct LedgerRow {
    name: String,
    address: Option<String>,
    total: LedgerTotalData,
}

#[derive(Template)]
#[template(path = "pages/record.html", whitespace = "minimize")]
struct RecordPage {
    shell: PageShell,
    forecasters: Vec<ForecasterData>,
    total: LedgerTotalData,
    owners: Vec<LedgerRow>,
    segments: Vec<LedgerRow>,
    from: String,
    until: String,
    record_csv: String,
    ledger_csv: String,
}

/// `GET /record`.
pub async fn page(visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    let day = |name: &str| visit.fields.get(name).and_then(|text| text.parse::<Day>().ok().map(Day::to_date));
    let variables = json!({ "during": { "from": day("from"), "until": day("until") } });
    let lists = [WholeList { pointer: "/forecasters", more: include_str!("query/more_forecasters.graphql") }];
    let data = visit.query_whole::<RecordPageData>(include_str!("query/record.graphql"), variables, &lists).await?;
    let RecordPageData { forecasters, by_owner, by_segment } = data.data;
    match visit.fields.get("csv") {
        Some("record") => return Ok(record_table(&forecasters.nodes).download("record")),
        Some("ledger") => return Ok(ledger_table(&by_owner.entries, &by_segment.entries).download("ledger")),
        _ => {}
    }
    let page = RecordPage {
        forecasters: forecasters.nodes,
        total: by_owner.total,
        owners: by_owner.entries.into_iter().map(of_owner).collect(),
        segments: by_segment.entries.into_iter().map(of_segment).collect(),
        from: visit.fields.typed("from").to_owned(),
        until: visit.fields.typed("until").to_owned(),
        record_csv: visit.address_with("csv", "record"),
        ledger_csv: visit.address_with("csv", "ledger"),
        shell: PageShell::new(&visit, "Record", "/record", vec![data.query]),
    };
    Ok(html(StatusCode::OK, &page))
}

fn of_owner(entry: LedgerEntryData) -> LedgerRow {
    let name = entry.owner.unwrap_or_default();
    LedgerRow { address: Some(FormFields::default().with("owner", &name).address("/")), name, total: entry.total }
}

fn of_segment(entry: LedgerEntryData) -> LedgerRow {
    match entry.segment {
        Some(segment) => {
            let address = Some(format!("/segments/{}", path_part(&segment.key)));
            LedgerRow { name: segment.name, address, total: entry.total }
        }
        None => LedgerRow { name: "everyone".to_owned(), address: None, total: entry.total },
    }
}

fn record_table(forecasters: &[ForecasterData]) -> CsvTable {
    let row = |forecaster: &ForecasterData| {
        let counts = [forecaster.decisions, forecaster.judged, forecaster.moved].map(CsvCell::from);
        let ForecasterData { bias, slope, coverage, expected_coverage, brier, skill, .. } = *forecaster;
        let figures = [bias, slope, coverage, expected_coverage, brier, skill].map(CsvCell::from);
        [CsvCell::from(forecaster.owner.as_str())].into_iter().chain(counts).chain(figures).collect()
    };
    CsvTable {
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

fn ledger_table(owners: &[LedgerEntryData], segments: &[LedgerEntryData]) -> CsvTable {
    let row = |by: &str, name: Option<&str>, total: &LedgerTotalData| {
        vec![
            CsvCell::from(by),
            CsvCell::from(name),
            CsvCell::from(total.decisions),
            CsvCell::from(total.points),
            CsvCell::from(total.interval.low),
            CsvCell::from(total.interval.high),
            CsvCell::from(total.unshrunk_points),
        ]
    };
    let owners = owners.iter().map(|entry| row("owner", entry.owner.as_deref(), &entry.total));
    let segments = segments.iter().map(|entry| {
        row("segment", Some(entry.segment.as_ref().map_or("everyone", |segment| &segment.key)), &entry.total)
    });
    let columns = &["by", "name", "decisions", "points", "low", "high", "points_as_estimated"];
    CsvTable { columns, rows: owners.chain(segments).collect() }
}
