//! `/log`: the form that logs a decision. While it is filled in, it shows whether the expected effect could be
//! distinguished from chance. Errors are shown at their fields, and nothing that was typed is lost.

mod detectability;
mod draft;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use self::detectability::DetectabilityPanel;
use self::draft::{DraftField, LogDraft};
use super::asset::PageAssets;
use super::data::{NodeList, SegmentNameData};
use super::problem::{PageProblem, capitalised};
use super::query::{PageQuery, WholeList};
use super::reply::{html, see_other};
use super::shell::PageShell;
use super::visit::{self, PageVisit};
use crate::http::ServerState;
use crate::http::form::{FormFields, path_part};

#[derive(Deserialize)]
struct LogFormData {
    segments: NodeList<SegmentNameData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogDecisionData {
    log_decision: LogDecisionPayloadData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogDecisionPayloadData {
    decision: Option<LoggedDecisionData>,
    user_errors: Vec<LogUserErrorData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoggedDecisionData {
    external_id: String,
}

#[derive(Deserialize)]
struct LogUserErrorData {
    message: String,
    path: Option<Vec<String>>,
}

/// An option for the target of the decision.
struct SegmentChoice {
    key: String,
    name: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/log.html", whitespace = "minimize")]
struct LogPage {
    shell: PageShell,
    draft: LogDraft,
    segments: Vec<SegmentChoice>,
    detectability: DetectabilityPanel,
    today: String,
}

#[derive(Template)]
#[template(path = "pages/log_signed_out.html", whitespace = "minimize")]
struct SignedOutPage {
    assets: PageAssets,
    fields: FormFields,
}

/// `GET /log`: the form; parameters of the URL fill it in, so that a draft can be shared.
pub async fn form(visit: PageVisit) -> Result<Response<Body>, PageProblem> {
    if !visit.may_decide() {
        return Err(PageProblem::forbidden(
            "Decisions are logged by leaders and admins, under their own names. You may read all logged decisions.",
        ));
    }
    let draft = LogDraft::new(&visit.fields);
    let detectability = if draft.has_enough_to_check() {
        detectability(&visit, &draft).await
    } else {
        (DetectabilityPanel::Incomplete, None)
    };
    show(&visit, StatusCode::OK, draft, detectability).await
}

/// `POST /log`: shows the detectability of the decision, or logs it.
pub async fn post(
    visit: Result<PageVisit, Response<Body>>,
    State(_): State<ServerState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, PageProblem> {
    let fields = visit::form(&headers, body).await?;
    let Ok(visit) = visit.map_err(drop) else {
        return Ok(html(
            StatusCode::UNAUTHORIZED,
            &SignedOutPage { assets: PageAssets, fields: fields.without("csrf") },
        ));
    };
    let mut draft = LogDraft::new(&fields);
    if let Err(problem) = visit.check_own(&fields) {
        draft.form_errors.push(format!("{} What you typed is still here: log it again.", problem.message()));
        return show(&visit, StatusCode::FORBIDDEN, draft, (DetectabilityPanel::Incomplete, None)).await;
    }
    let detectability = detectability(&visit, &draft).await;
    if fields.get("do") != Some("log") {
        return show(&visit, StatusCode::OK, draft, detectability).await;
    }
    draft.check_all();
    if draft.has_errors() {
        return show(&visit, StatusCode::UNPROCESSABLE_ENTITY, draft, detectability).await;
    }
    let document = include_str!("query/log_decision.graphql");
    let payload = visit.query::<LogDecisionData>(document, json!({ "input": draft.input() })).await?.data.log_decision;
    if let Some(LoggedDecisionData { external_id }) = payload.decision {
        return Ok(see_other(&format!("/decision/{}?logged=1", path_part(&external_id))));
    }
    for error in payload.user_errors {
        draft.add_error(error.path.as_deref().unwrap_or_default(), capitalised(&error.message));
    }
    show(&visit, StatusCode::UNPROCESSABLE_ENTITY, draft, detectability).await
}

/// `GET /log/check`: the detectability panel alone, which the script fetches while the form is filled in.
pub async fn check(visit: PageVisit) -> Response<Body> {
    let (panel, _) = detectability(&visit, &LogDraft::new(&visit.fields)).await;
    html(StatusCode::OK, &panel)
}

async fn detectability(visit: &PageVisit, draft: &LogDraft) -> (DetectabilityPanel, Option<PageQuery>) {
    let Some(input) = draft.detectability_input() else { return (DetectabilityPanel::Incomplete, None) };
    let document = include_str!("query/detectability.graphql");
    match visit.query::<detectability::DetectabilityQueryData>(document, json!({ "input": input })).await {
        Ok(data) => (DetectabilityPanel::Estimated(data.data.detectability), Some(data.query)),
        Err(problem) => (DetectabilityPanel::Failed(problem.message().to_owned()), None),
    }
}

async fn show(
    visit: &PageVisit,
    status: StatusCode,
    draft: LogDraft,
    (detectability, detectability_document): (DetectabilityPanel, Option<PageQuery>),
) -> Result<Response<Body>, PageProblem> {
    let lists = [WholeList { pointer: "/segments", more: include_str!("query/more_segment_names.graphql") }];
    let data = visit.query_whole::<LogFormData>(include_str!("query/log_form.graphql"), json!({}), &lists).await?;
    let chosen = draft.target.value.clone();
    let choice = |SegmentNameData { key, name }: SegmentNameData| SegmentChoice { is_chosen: key == chosen, key, name };
    let page = LogPage {
        segments: data.data.segments.nodes.into_iter().map(choice).collect(),
        today: visit.today().to_string(),
        shell: PageShell::new(
            visit,
            "Log a decision",
            "/log",
            detectability_document.into_iter().chain([data.query]).collect(),
        ),
        draft,
        detectability,
    };
    Ok(html(status, &page))
}

/// Adds a value to the input, unless its field is empty or cannot be read.
fn put(input: &mut serde_json::Map<String, Value>, name: &str, field: &DraftField, value: Option<Value>) {
    if !field.value.trim().is_empty()
        && let Some(value) = value
    {
        input.insert(name.to_owned(), value);
    }
}
