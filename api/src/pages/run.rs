//! `/runs`: the runs that compute scores and reviews, live while in progress, their history, and their schedule.

mod data;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::json;

use self::data::{ActiveRunData, RunData, ScheduleData};
use super::csv::{CsvCell, CsvTable};
use super::data::NodeList;
use super::problem::{PageProblem, capitalised};
use super::query::WholeList;
use super::reply::{html, see_other};
use super::shell::PageShell;
use super::visit::{self, PageVisit};
use super::wording::{self, DisplayText as _};
use crate::graphql::random;

#[derive(Deserialize)]
struct RunsPageData {
    runs: NodeList<RunData>,
    schedules: Vec<ScheduleData>,
}

#[derive(Deserialize)]
struct ActiveRunsData {
    runs: NodeList<ActiveRunData>,
}

#[derive(Deserialize)]
struct RunMutationData {
    #[serde(alias = "recompute", alias = "cancelRun")]
    payload: RunPayloadData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunPayloadData {
    user_errors: Vec<RunUserErrorData>,
}

#[derive(Deserialize)]
struct RunUserErrorData {
    message: String,
}

/// The runs in progress, alone: the part of the page that the script polls.
#[derive(Template)]
#[template(path = "pages/runs_state.html", whitespace = "minimize")]
struct ActiveRunsView {
    runs: Vec<ActiveRunData>,
    csrf_token: Option<String>,
    zone: Tz,
}

impl ActiveRunsView {
    fn local_time(&self, timestamp: &DateTime<Utc>) -> String {
        wording::local_time(*timestamp, self.zone)
    }
}

#[derive(Template)]
#[template(path = "pages/runs.html", whitespace = "minimize")]
struct RunsPage {
    shell: PageShell,
    state: ActiveRunsView,
    runs: Vec<RunData>,
    schedules: Vec<ScheduleData>,
    key: String,
    csv: String,
    error: Option<String>,
}

/// `GET /runs`.
pub async fn page(visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    show(&visit, StatusCode::OK, None).await
}

/// `GET /runs/state`.
pub async fn state(visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    let data = visit.query::<ActiveRunsData>(include_str!("query/runs_at_work.graphql"), json!({})).await?;
    Ok(html(StatusCode::OK, &state_of(&visit, data.data.runs.nodes)))
}

/// `POST /runs`: starts a run, or requests that one stops.
pub async fn post(visit: PageVisit, headers: HeaderMap, body: Body) -> Result<Response<Body>, PageProblem> {
    let fields = visit::form(&headers, body).await?;
    visit.check_own(&fields)?;
    let (document, input) = match fields.get("do") {
        Some("recompute") => {
            let full = fields.get("full").is_some();
            (include_str!("query/recompute.graphql"), json!({ "key": fields.get("key"), "full": full }))
        }
        Some("cancel") => (include_str!("query/cancel_run.graphql"), json!({ "id": fields.get("id") })),
        _ => return Err(PageProblem::bad_request("Expected do=recompute or do=cancel.")),
    };
    let payload = visit.query::<RunMutationData>(document, json!({ "input": input })).await?.data.payload;
    match payload.user_errors.first() {
        None => Ok(see_other("/runs")),
        Some(error) => show(&visit, StatusCode::UNPROCESSABLE_ENTITY, Some(capitalised(&error.message))).await,
    }
}

async fn show(visit: &PageVisit, status: StatusCode, error: Option<String>) -> Result<Response<Body>, PageProblem> {
    let document = include_str!("query/runs.graphql");
    if visit.fields.get("csv") == Some("runs") {
        let lists = [WholeList { pointer: "/runs", more: include_str!("query/more_runs.graphql") }];
        let data = visit.query_whole::<RunsPageData>(document, json!({}), &lists).await?;
        return Ok(table(&data.data.runs.nodes).download("runs"));
    }
    let data = visit.query::<RunsPageData>(document, json!({})).await?;
    let active = visit.query::<ActiveRunsData>(include_str!("query/runs_at_work.graphql"), json!({})).await?;
    let RunsPageData { runs, schedules } = data.data;
    let page = RunsPage {
        state: state_of(visit, active.data.runs.nodes),
        runs: runs.nodes,
        schedules,
        key: format!("page-{}", random::request_id()),
        csv: visit.address_with("csv", "runs"),
        error,
        shell: PageShell::new(visit, "Runs", "/runs", vec![data.query, active.query]),
    };
    Ok(html(status, &page))
}

fn state_of(visit: &PageVisit, mut active_runs: Vec<ActiveRunData>) -> ActiveRunsView {
    active_runs.retain(|run| run.state == "RUNNING");
    let csrf_token = visit.csrf_token.clone().filter(|_| visit.may_decide());
    ActiveRunsView { runs: active_runs, csrf_token, zone: visit.zone() }
}

fn table(runs: &[RunData]) -> CsvTable {
    let row = |run: &RunData| {
        vec![
            CsvCell::from(run.started_at.to_rfc3339().as_str()),
            CsvCell::from(run.finished_at.map(|time| time.to_rfc3339()).as_deref()),
            CsvCell::from(run.trigger.as_str()),
            CsvCell::from(run.job.as_deref()),
            CsvCell::from(run.as_of),
            CsvCell::from(run.state.as_str()),
            CsvCell::from(run.responses_seen),
            CsvCell::from(run.weeks_counted),
            CsvCell::from(run.segments_scored),
            CsvCell::from(run.decisions_reviewed),
            CsvCell::from(run.seconds.as_ref().map(data::RunSecondsData::sum)),
            CsvCell::from(run.error.as_deref()),
        ]
    };
    CsvTable {
        columns: &[
            "started_at",
            "finished_at",
            "trigger",
            "job",
            "as_of",
            "state",
            "responses",
            "weeks_counted",
            "segments_scored",
            "decisions_reviewed",
            "seconds",
            "error",
        ],
        rows: runs.iter().map(row).collect(),
    }
}
