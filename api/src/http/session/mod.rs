//! The session of a request: somebody who signed in to the pages, known by the secret in a cookie.
//!
//! How sessions are stored is left to [`crate::auth::session`], the second token that has to come with the cookie to
//! [`super::csrf`], and the pages to sign in and out on to [`crate::pages`].

mod cookie;

use axum::body::Body;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Response, StatusCode};
use entity::Timestamp;

use super::reply::HttpRefusal;
use super::state::ServerState;
use crate::auth::session::NewSession;
use crate::auth::{Identity, TokenError, Viewer, session};
use crate::graphql::error::ErrorCode;

pub use cookie::secret;

/// The person whose session has this secret; `None` when there is none in force.
pub async fn viewer(state: &ServerState, secret: &str) -> Result<Option<Viewer>, HttpRefusal> {
    let workplace = state.api.job_context();
    let found = session::viewer(&workplace.database, secret, workplace.clock.now()).await;
    found.map_err(|error| internal(&error))
}

/// Who visits a page by a session, and its second token, which the forms of the page send along. The cookie alone is
/// enough to be shown a page, which no other site can read: it changes nothing.
pub async fn visitor(state: &ServerState, headers: &HeaderMap) -> Result<Option<(Viewer, String)>, HttpRefusal> {
    let Some(secret) = secret(headers) else { return Ok(None) };
    let viewer = viewer(state, secret).await?;
    Ok(viewer.map(|viewer| (viewer, session::csrf_token(secret))))
}

/// Begins a session of somebody who showed a token.
pub async fn begin(state: &ServerState, identity: &Identity, now: Timestamp) -> Result<NewSession, HttpRefusal> {
    let database = &state.api.job_context().database;
    let begun = session::begin(database, identity, state.access.session_hours, now).await;
    begun.map_err(|error: TokenError| internal(&error))
}

/// Ends the session with this secret, if there is one.
pub async fn end(state: &ServerState, secret: &str) -> Result<(), HttpRefusal> {
    session::end(&state.api.job_context().database, secret).await.map_err(|error| internal(&error))
}

/// Sends the cookies of a session along, which the browser keeps until the session ends. `request` are the headers of
/// the request that is answered.
pub fn set_cookies(
    reply: &mut Response<Body>,
    begun: &NewSession,
    now: Timestamp,
    state: &ServerState,
    request: &HeaderMap,
) {
    let seconds = (begun.expires_at.0 - now.0) / 1_000_000;
    let is_secure = state.access.secure_cookies.applies_to(request);
    for cookie in cookie::set(&begun.secret, &begun.csrf_token, seconds, is_secure) {
        reply.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// Makes the browser delete the cookies.
pub fn delete_cookies(reply: &mut Response<Body>, state: &ServerState, request: &HeaderMap) {
    for cookie in cookie::set("", "", 0, state.access.secure_cookies.applies_to(request)) {
        reply.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn internal(error: &dyn std::fmt::Display) -> HttpRefusal {
    tracing::error!(%error, "sessions cannot be reached");
    HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_code(ErrorCode::Internal)
}
