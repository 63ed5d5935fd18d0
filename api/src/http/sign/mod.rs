//! Signing in to the pages with a token, and out again.

mod cookie;
mod origin;
#[cfg(test)]
mod tests;

pub use origin::check as check_origin;

use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
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

/// The header that has to come with a session's cookie.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// Bytes of a sign-in: a token and its frame.
const BODY_LIMIT_BYTES: usize = 16 * 1_024;

#[derive(Deserialize)]
struct SignIn {
    token: String,
}

/// `POST /sign-in`: begins a session for who bears a token. The token comes as JSON, or in a form of our own pages.
pub async fn sign_in(State(state): State<ServerState>, headers: HeaderMap, body: Body) -> Response<Body> {
    signed_in(&state, &headers, body).await.unwrap_or_else(|refused| refused.answer(MediaType::Json))
}

async fn signed_in(state: &ServerState, headers: &HeaderMap, body: Body) -> Result<Response<Body>, Refused> {
    origin::check(headers)?;
    let is_form = content_type(headers) == "application/x-www-form-urlencoded";
    let token = token_in(headers, body).await?;
    let workplace = state.api.workplace();
    let (database, now) = (&workplace.database, workplace.clock.now());
    let identity = bearer(state, token.trim()).await?;
    let begun = session::begin(database, &identity, state.access.session_hours, now).await;
    let begun = begun.map_err(|error| internal(&error))?;
    tracing::info!(viewer = identity.viewer.name, "signed in");
    let mut answer = if is_form {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SEE_OTHER;
        answer.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
        answer
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

/// `POST /sign-out`: ends the session for good. Without one there is nothing to do.
pub async fn sign_out(State(state): State<ServerState>, headers: HeaderMap) -> Response<Body> {
    let outcome = async {
        origin::check(&headers)?;
        if let Some(secret) = cookie::secret(&headers) {
            check_csrf(&headers, secret)?;
            session::end(&state.api.workplace().database, secret).await.map_err(|error| internal(&error))?;
        }
        Ok::<_, Refused>(())
    };
    if let Err(refused) = outcome.await {
        return refused.answer(MediaType::Json);
    }
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    for cookie in cookie::set("", "", 0, state.access.secure_cookies.holds_for(&headers)) {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

/// Any other method.
pub async fn other_method() -> Response<Body> {
    let refused = Refused::new(StatusCode::METHOD_NOT_ALLOWED, "expected POST");
    refused.with_header(ALLOW, HeaderValue::from_static("POST")).answer(MediaType::Json)
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

async fn token_in(headers: &HeaderMap, body: Body) -> Result<String, Refused> {
    let too_large = |_| {
        let refused = Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "expected a body with a token and nothing else");
        refused.with_code(Code::LimitExceeded)
    };
    let bytes = to_bytes(body, BODY_LIMIT_BYTES).await.map_err(too_large)?;
    let bad = || Refused::new(StatusCode::BAD_REQUEST, "expected a token, like {\"token\": \"ndl_...\"}");
    let sign_in: SignIn = match content_type(headers).as_str() {
        "application/json" => serde_json::from_slice(&bytes).map_err(|_| bad())?,
        "application/x-www-form-urlencoded" => {
            let form = String::from_utf8(bytes.to_vec()).map_err(|_| bad())?;
            let uri: Uri = format!("/?{form}").parse().map_err(|_| bad())?;
            Query::try_from_uri(&uri).map_err(|_| bad())?.0
        }
        _ => {
            let message = "expected the content type application/json, or that of a form";
            return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
    };
    Ok(sign_in.token)
}

fn content_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn internal(error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "sessions cannot be reached");
    Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_code(Code::Internal)
}
