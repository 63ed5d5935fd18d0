//! `/runs`: what computes the figures, live while it works, what became of it, and when it runs by itself.

mod told;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::json;

use self::told::{AtWork, Run, Schedule};
use super::answer::{html, see_other};
use super::csv::{Cell, Table};
use super::problem::{Problem, capitalised};
use super::shell::Shell;
use super::told::Nodes;
use super::visit::{self, Visit};
use super::wording::{self, Told as _};
use crate::graphql::random;

#[derive(Deserialize)]
struct Known {
    runs: Nodes<Run>,
    schedules: Vec<Schedule>,
}

#[derive(Deserialize)]
struct Working {
    runs: Nodes<AtWork>,
}

#[derive(Deserialize)]
struct Started {
    #[serde(alias = "recompute", alias = "cancelRun")]
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
struct UserError {
    message: String,
}

/// What works right now, alone: the part that a script fetches again.
#[derive(Template)]
#[template(path = "pages/runs_state.html", whitespace = "minimize")]
struct State {
    at_work: Vec<AtWork>,
    csrf_token: Option<String>,
    zone: Tz,
}

impl State {
    fn moment(&self, timestamp: &DateTime<Utc>) -> String {
        wording::local_time(*timestamp, self.zone)
    }
}

#[derive(Template)]
#[template(path = "pages/runs.html", whitespace = "minimize")]
struct Page {
    shell: Shell,
    state: State,
    runs: Vec<Run>,
    schedules: Vec<Schedule>,
    key: String,
    csv: String,
    error: Option<String>,
}

/// `GET /runs`.
pub async fn page(visit: Visit) -> Result<Response<Body>, Problem> {
    show(&visit, StatusCode::OK, None).await
}

/// `GET /runs/state`.
pub async fn state(visit: Visit) -> Result<Response<Body>, Problem> {
    let data = visit.ask::<Working>(include_str!("query/runs_at_work.graphql"), json!({})).await?;
    Ok(html(StatusCode::OK, &state_of(&visit, data.data.runs.nodes)))
}

/// `POST /runs`: starts a run, or asks one to stop.
pub async fn post(visit: Visit, headers: HeaderMap, body: Body) -> Result<Response<Body>, Problem> {
    let fields = visit::form(&headers, body).await?;
    visit.check_own(&fields)?;
    let (document, input) = match fields.get("do") {
        Some("recompute") => {
            let full = fields.get("full").is_some();
            (include_str!("query/recompute.graphql"), json!({ "key": fields.get("key"), "full": full }))
        }
        Some("cancel") => (include_str!("query/cancel_run.graphql"), json!({ "id": fields.get("id") })),
        _ => return Err(Problem::bad_request("Expected the name of something to do with runs.")),
    };
    let payload = visit.ask::<Started>(document, json!({ "input": input })).await?.data.payload;
    match payload.user_errors.first() {
        None => Ok(see_other("/runs")),
        Some(error) => show(&visit, StatusCode::UNPROCESSABLE_ENTITY, Some(capitalised(&error.message))).await,
    }
}

async fn show(visit: &Visit, status: StatusCode, error: Option<String>) -> Result<Response<Body>, Problem> {
    let data = visit.ask::<Known>(include_str!("query/runs.graphql"), json!({})).await?;
    let working = visit.ask::<Working>(include_str!("query/runs_at_work.graphql"), json!({})).await?;
    let Known { runs, schedules } = data.data;
    if visit.fields.get("csv") == Some("runs") {
        return Ok(table(&runs.nodes).download("runs"));
    }
    let page = Page {
        state: state_of(visit, working.data.runs.nodes),
        runs: runs.nodes,
        schedules,
        key: format!("page-{}", random::request_id()),
        csv: visit.address_with("csv", "runs"),
        error,
        shell: Shell::new(visit, "Runs", "/runs", vec![data.asked, working.asked]),
    };
    Ok(html(status, &page))
}

fn state_of(visit: &Visit, mut at_work: Vec<AtWork>) -> State {
    at_work.retain(|run| run.state == "RUNNING");
    let csrf_token = visit.csrf_token.clone().filter(|_| visit.may_decide());
    State { at_work, csrf_token, zone: visit.zone() }
}

fn table(runs: &[Run]) -> Table {
    let row = |run: &Run| {
        vec![
            Cell::from(run.started_at.to_rfc3339().as_str()),
            Cell::from(run.finished_at.map(|moment| moment.to_rfc3339()).as_deref()),
            Cell::from(run.trigger.as_str()),
            Cell::from(run.job.as_deref()),
            Cell::from(run.as_of),
            Cell::from(run.state.as_str()),
            Cell::from(run.responses_seen),
            Cell::from(run.weeks_counted),
            Cell::from(run.segments_scored),
            Cell::from(run.decisions_reviewed),
            Cell::from(run.seconds.as_ref().map(told::Seconds::sum)),
            Cell::from(run.error.as_deref()),
        ]
    };
    Table {
        columns: &[
            "started_at",
            "finished_at",
            "trigger",
            "job",
            "as_of",
            "state",
            "answers",
            "weeks_counted",
            "segments_scored",
            "decisions_reviewed",
            "seconds",
            "error",
        ],
        rows: runs.iter().map(row).collect(),
    }
}
