//! The session of a request: a person who signed in to the pages, identified by the secret in a cookie.
//!
//! [`crate::auth::session`] stores sessions, [`super::csrf`] checks the CSRF token that must come with the cookie, and
//! [`crate::pages`] has the pages to sign in and out.

mod cookie;

use axum::body::Body;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Response, StatusCode};
use entity::{StoreError, Timestamp};

use super::reply::HttpRefusal;
use super::state::ServerState;
use crate::auth::session::NewSession;
use crate::auth::{Identity, TokenError, Viewer, session};
use crate::graphql::error::ErrorCode;

pub use cookie::secret;

/// The person whose session has this secret; `None` when no such session is valid.
pub async fn viewer(state: &ServerState, secret: &str) -> Result<Option<Viewer>, HttpRefusal> {
    let context = state.api.job_context();
    let found = session::viewer(&context.database, secret, context.clock.now()).await;
    found.map_err(|error| internal(&error))
}

/// The viewer of a page by session, with the CSRF token, which the forms of the page send along. To show a page the
/// cookie alone is enough: that changes nothing, and no other site can read the page.
pub async fn visitor(state: &ServerState, headers: &HeaderMap) -> Result<Option<(Viewer, String)>, HttpRefusal> {
    let Some(secret) = secret(headers) else { return Ok(None) };
    let viewer = viewer(state, secret).await?;
    Ok(viewer.map(|viewer| (viewer, session::csrf_token(secret))))
}

/// Begins a session for the identity behind a token.
pub async fn begin(state: &ServerState, identity: &Identity, now: Timestamp) -> Result<NewSession, HttpRefusal> {
    let database = &state.api.job_context().database;
    let begun = session::begin(database, identity, state.access.session_hours, now).await;
    begun.map_err(|error: TokenError| match error {
        TokenError::Store(error) => internal(&error),
        other => {
            tracing::error!(error = %other, "a session could not begin");
            HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_code(ErrorCode::Internal)
        }
    })
}

/// Ends the session with this secret, if there is one.
pub async fn end(state: &ServerState, secret: &str) -> Result<(), HttpRefusal> {
    session::end(&state.api.job_context().database, secret).await.map_err(|error| internal(&error))
}

/// Adds the cookies of a session to a reply; the browser keeps them until the session ends. `request` are the headers
/// of the request.
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

/// Makes the browser delete the cookies of the session.
pub fn delete_cookies(reply: &mut Response<Body>, state: &ServerState, request: &HeaderMap) {
    for cookie in cookie::set("", "", 0, state.access.secure_cookies.applies_to(request)) {
        reply.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn internal(error: &StoreError) -> HttpRefusal {
    tracing::error!(%error, "the session store failed");
    HttpRefusal::of_store(error)
}
