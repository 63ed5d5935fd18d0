//! Signing in to the pages with a token, and out again.

mod cookie;
mod origin;
#[cfg(test)]
mod tests;

pub use origin::check as check_origin;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{ALLOW, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::json;

use super::ServerState;
use super::accept::MediaType;
use super::answer::{Refused, json_answer};
use super::bearer::bearer;
use crate::auth::{Viewer, session};
use crate::graphql::error::Code;
use crate::graphql::role_name;
use crate::pages;
use crate::pages::answer::see_other;
use crate::pages::fields::Fields;

/// The header that has to come with a session's cookie.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// Bytes of a sign-in: a token and its frame.
const BODY_LIMIT_BYTES: usize = 16 * 1_024;

#[derive(Deserialize)]
struct SignIn {
    token: String,
    /// Where a page's form leads to; the first page when absent.
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: begins a session for who bears a token. The token comes as JSON, or in a form of our own pages.
pub async fn sign_in(State(state): State<ServerState>, headers: HeaderMap, body: Body) -> Response<Body> {
    let is_form = is_form(&headers);
    let mut next = String::new();
    let outcome = async {
        origin::check(&headers)?;
        let SignIn { token, next: wanted } = token_in(&headers, body).await?;
        next = wanted;
        signed_in(&state, &headers, &token, is_form.then_some(next.as_str())).await
    };
    match outcome.await {
        Ok(answer) => answer,
        Err(refused) if is_form => pages::sign::refused(refused.status, &refused.message, &next),
        Err(refused) => refused.answer(MediaType::Json),
    }
}

/// The answer that begins a session: JSON, or for a form the way to the page it came from.
async fn signed_in(
    state: &ServerState,
    headers: &HeaderMap,
    token: &str,
    next: Option<&str>,
) -> Result<Response<Body>, Refused> {
    let workplace = state.api.workplace();
    let (database, now) = (&workplace.database, workplace.clock.now());
    let identity = bearer(state, token.trim()).await?;
    let begun = session::begin(database, &identity, state.access.session_hours, now).await;
    let begun = begun.map_err(|error| internal(&error))?;
    tracing::info!(viewer = identity.viewer.name, "signed in");
    let mut answer = if let Some(next) = next {
        see_other(pages::sign::own_path(next))
    } else {
        let body = json!({
            "name": identity.viewer.name,
            "role": role_name(identity.viewer.role),
            "csrfToken": begun.csrf_token,
            "expiresAt": begun.expires_at.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true),
        });
        json_answer(StatusCode::OK, MediaType::Json, &body)
    };
    let seconds = (begun.expires_at.0 - now.0) / 1_000_000;
    let is_secure = state.access.secure_cookies.holds_for(headers);
    for cookie in cookie::set(&begun.secret, &begun.csrf_token, seconds, is_secure) {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// `POST /sign-out`: ends the session for good. Without one there is nothing to do. The second token comes in the header,
/// or in a form of our own pages.
pub async fn sign_out(State(state): State<ServerState>, headers: HeaderMap, body: Body) -> Response<Body> {
    let is_form = is_form(&headers);
    let outcome = async {
        origin::check(&headers)?;
        if let Some(secret) = cookie::secret(&headers) {
            if is_form {
                let bytes = to_bytes(body, BODY_LIMIT_BYTES).await.unwrap_or_default();
                check_csrf_token(secret, Fields::read(&bytes).typed("csrf"))?;
            } else {
                check_csrf(&headers, secret)?;
            }
            session::end(&state.api.workplace().database, secret).await.map_err(|error| internal(&error))?;
        }
        Ok::<_, Refused>(())
    };
    if let Err(refused) = outcome.await {
        return refused.answer(MediaType::Json);
    }
    let mut answer = if is_form { see_other("/sign-in") } else { Response::new(Body::empty()) };
    if !is_form {
        *answer.status_mut() = StatusCode::NO_CONTENT;
    }
    for cookie in cookie::set("", "", 0, state.access.secure_cookies.holds_for(&headers)) {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

/// Any other method of `/sign-in`.
pub async fn other_method() -> Response<Body> {
    other_than("GET, POST")
}

/// Any other method of `/sign-out`.
pub async fn other_than_post() -> Response<Body> {
    other_than("POST")
}

fn other_than(methods: &'static str) -> Response<Body> {
    let refused = Refused::new(StatusCode::METHOD_NOT_ALLOWED, format!("expected {}", methods.replace(", ", " or ")));
    refused.with_header(ALLOW, HeaderValue::from_static(methods)).answer(MediaType::Json)
}

/// Who asks by a session, and the session's secret; `None` when no session in force came with the request. A cookie
/// without the header that only our own pages can send is refused.
pub async fn viewer(state: &ServerState, headers: &HeaderMap) -> Result<Option<(Viewer, String)>, Refused> {
    let Some(secret) = secret(headers) else { return Ok(None) };
    let Some(viewer) = viewer_of(state, secret).await? else { return Ok(None) };
    check_csrf(headers, secret)?;
    Ok(Some((viewer, secret.to_owned())))
}

/// The secret of a session that came with a request, be it in force or not.
pub fn secret(headers: &HeaderMap) -> Option<&str> {
    cookie::secret(headers)
}

/// Whose session has this secret; `None` when there is none in force.
pub async fn viewer_of(state: &ServerState, secret: &str) -> Result<Option<Viewer>, Refused> {
    let workplace = state.api.workplace();
    let found = session::viewer(&workplace.database, secret, workplace.clock.now()).await;
    found.map_err(|error| internal(&error))
}

/// Who visits a page by a session, and its second token, which the forms of the page send along. The cookie alone is
/// enough to be shown a page, which no other site can read: it changes nothing.
pub async fn visitor(state: &ServerState, headers: &HeaderMap) -> Result<Option<(Viewer, String)>, Refused> {
    let Some(secret) = secret(headers) else { return Ok(None) };
    let viewer = viewer_of(state, secret).await?;
    Ok(viewer.map(|viewer| (viewer, session::csrf_token(secret))))
}

/// True when this is the second token of the session whose cookie came with a request.
pub fn is_csrf_token(headers: &HeaderMap, sent: &str) -> bool {
    secret(headers).is_some_and(|secret| session::is_csrf_token(secret, sent))
}

fn check_csrf(headers: &HeaderMap, secret: &str) -> Result<(), Refused> {
    let sent = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    check_csrf_token(secret, sent)
}

/// Refuses what is not the second token of the session with this secret.
pub fn check_csrf_token(secret: &str, sent: &str) -> Result<(), Refused> {
    if session::is_csrf_token(secret, sent) {
        return Ok(());
    }
    let message =
        "expected the header X-CSRF-Token with the token of this session, which stands in the cookie needle_csrf";
    Err(Refused::new(StatusCode::FORBIDDEN, message).with_code(Code::Forbidden))
}

async fn token_in(headers: &HeaderMap, body: Body) -> Result<SignIn, Refused> {
    let too_large = |_| {
        let refused = Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "expected a body with a token and nothing else");
        refused.with_code(Code::LimitExceeded)
    };
    let bytes = to_bytes(body, BODY_LIMIT_BYTES).await.map_err(too_large)?;
    let bad = || Refused::new(StatusCode::BAD_REQUEST, "expected a token, like {\"token\": \"ndl_...\"}");
    Ok(match content_type(headers).as_str() {
        "application/json" => serde_json::from_slice(&bytes).map_err(|_| bad())?,
        "application/x-www-form-urlencoded" => {
            let fields = Fields::read(&bytes);
            let token = fields.get("token").ok_or_else(bad)?.to_owned();
            SignIn { token, next: fields.typed("next").to_owned() }
        }
        _ => {
            let message = "expected the content type application/json, or that of a form";
            return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
    })
}

/// True for a form of our own pages.
fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers) == "application/x-www-form-urlencoded"
}

fn content_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn internal(error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "sessions cannot be reached");
    Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_code(Code::Internal)
}
