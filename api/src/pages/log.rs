//! `/log`: writing a decision down. Whether it could ever be judged is shown while the form is filled in, before what is
//! expected is sealed; what is wrong stands beside its field, and nothing that was typed is lost.

mod draft;
mod seen;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use self::draft::{Draft, Field};
use self::seen::Seen;
use super::answer::{html, see_other};
use super::ask::PageQuery;
use super::asset::Assets;
use super::problem::{Problem, capitalised};
use super::shell::Shell;
use super::told::{Named, Nodes};
use super::visit::{self, Visit};
use crate::http::ServerState;
use crate::http::form::{Fields, path_part};

#[derive(Deserialize)]
struct Known {
    segments: Nodes<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logged {
    log_decision: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    decision: Option<Id>,
    user_errors: Vec<UserError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Id {
    external_id: String,
}

#[derive(Deserialize)]
struct UserError {
    message: String,
    path: Option<Vec<String>>,
}

/// One segment to choose.
struct Choice {
    key: String,
    name: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/log.html", whitespace = "minimize")]
struct Page {
    shell: Shell,
    draft: Draft,
    segments: Vec<Choice>,
    seen: Seen,
    today: String,
}

#[derive(Template)]
#[template(path = "pages/log_signed_out.html", whitespace = "minimize")]
struct SignedOut {
    assets: Assets,
    fields: Fields,
}

/// `GET /log`: the form; fields of the address are filled in, so that a draft can be shared.
pub async fn form(visit: Visit) -> Result<Response<Body>, Problem> {
    if !visit.may_decide() {
        return Err(Problem::forbidden(
            "Decisions are logged by leaders and admins, under their own names. You may read everything that was logged.",
        ));
    }
    let draft = Draft::new(&visit.fields);
    let detectability = if draft.is_begun() { seen(&visit, &draft).await } else { (Seen::Waits, None) };
    show(&visit, StatusCode::OK, draft, detectability).await
}

/// `POST /log`: checks what could be seen, or logs.
pub async fn post(
    visit: Result<Visit, Response<Body>>,
    State(_): State<ServerState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, Problem> {
    let fields = visit::form(&headers, body).await?;
    let Ok(visit) = visit.map_err(drop) else {
        return Ok(html(StatusCode::UNAUTHORIZED, &SignedOut { assets: Assets, fields: fields.without("csrf") }));
    };
    let mut draft = Draft::new(&fields);
    if let Err(problem) = visit.check_own(&fields) {
        draft.whole.push(format!("{} What you typed is still here: log it again.", problem.message()));
        return show(&visit, StatusCode::FORBIDDEN, draft, (Seen::Waits, None)).await;
    }
    let detectability = seen(&visit, &draft).await;
    if fields.get("do") != Some("log") {
        return show(&visit, StatusCode::OK, draft, detectability).await;
    }
    draft.check_all();
    if draft.is_wrong() {
        return show(&visit, StatusCode::UNPROCESSABLE_ENTITY, draft, detectability).await;
    }
    let document = include_str!("query/log_decision.graphql");
    let payload = visit.ask::<Logged>(document, json!({ "input": draft.input() })).await?.data.log_decision;
    if let Some(Id { external_id }) = payload.decision {
        return Ok(see_other(&format!("/decision/{}?logged=1", path_part(&external_id))));
    }
    for error in payload.user_errors {
        draft.refuse(error.path.as_deref().unwrap_or_default(), capitalised(&error.message));
    }
    show(&visit, StatusCode::UNPROCESSABLE_ENTITY, draft, detectability).await
}

/// `GET /log/check`: what could be seen, alone, for a form that is being filled in.
pub async fn check(visit: Visit) -> Response<Body> {
    let (seen, _) = seen(&visit, &Draft::new(&visit.fields)).await;
    html(StatusCode::OK, &seen)
}

async fn seen(visit: &Visit, draft: &Draft) -> (Seen, Option<PageQuery>) {
    let Some(input) = draft.question() else { return (Seen::Waits, None) };
    let document = include_str!("query/detectability.graphql");
    match visit.ask::<seen::Known>(document, json!({ "input": input })).await {
        Ok(told) => (Seen::Told(told.data.detectability), Some(told.asked)),
        Err(problem) => (Seen::Refused(problem.message().to_owned()), None),
    }
}

async fn show(
    visit: &Visit,
    status: StatusCode,
    draft: Draft,
    (detectability, detectability_document): (Seen, Option<PageQuery>),
) -> Result<Response<Body>, Problem> {
    let data = visit.ask::<Known>(include_str!("query/log_form.graphql"), json!({})).await?;
    let chosen = draft.target.value.clone();
    let choice = |Named { key, name }: Named| Choice { is_chosen: key == chosen, key, name };
    let page = Page {
        segments: data.data.segments.nodes.into_iter().map(choice).collect(),
        today: visit.today().to_string(),
        shell: Shell::new(
            visit,
            "Log a decision",
            "/log",
            detectability_document.into_iter().chain([data.asked]).collect(),
        ),
        draft,
        seen: detectability,
    };
    Ok(html(status, &page))
}

/// Puts a value under a name, unless there is none.
fn put(input: &mut serde_json::Map<String, Value>, name: &str, field: &Field, value: Option<Value>) {
    if !field.value.trim().is_empty()
        && let Some(value) = value
    {
        input.insert(name.to_owned(), value);
    }
}
