//! Signing in to the pages with a token, and signing out. Programs may do so as well, in JSON.

mod page;

pub use page::page;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::json;

use super::reply::see_other;
use crate::graphql::error::ErrorCode;
use crate::graphql::role_name;
use crate::http::form::{FORM_TYPE, FormFields, content_type};
use crate::http::reply::{HttpRefusal, json_reply};
use crate::http::{MediaType, ServerState, csrf, identify_bearer, session};

/// The most bytes of a request to sign in: a token in JSON or in a form.
const BODY_LIMIT_BYTES: usize = 16 * 1_024;

#[derive(Deserialize)]
struct SignInForm {
    token: String,
    /// The page that a form redirects to; the scoreboard when absent.
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`: begins a session for the owner of a token. The token comes as JSON, or in a form of our own pages.
pub async fn sign_in(State(state): State<ServerState>, headers: HeaderMap, body: Body) -> Response<Body> {
    let is_form = is_form(&headers);
    let mut next = String::new();
    let outcome = async {
        csrf::check_origin(&headers)?;
        let SignInForm { token, next: requested_page } = token_in(&headers, body).await?;
        next = requested_page;
        signed_in(&state, &headers, &token, is_form.then_some(next.as_str())).await
    };
    match outcome.await {
        Ok(reply) => reply,
        Err(refused) if is_form => page::form_with_error(refused.status, &refused.message, &next),
        Err(refused) => refused.reply(MediaType::Json),
    }
}

/// The reply that begins a session: JSON, or for a form a redirect to the page that it came from.
async fn signed_in(
    state: &ServerState,
    headers: &HeaderMap,
    token: &str,
    next: Option<&str>,
) -> Result<Response<Body>, HttpRefusal> {
    let now = state.api.job_context().clock.now();
    let identity = identify_bearer(state, token.trim()).await?;
    let session = session::begin(state, &identity, now).await?;
    tracing::info!(viewer = identity.viewer.name, "signed in");
    let mut reply = if let Some(next) = next {
        see_other(page::own_path(next))
    } else {
        let body = json!({
            "name": identity.viewer.name,
            "role": role_name(identity.viewer.role),
            "csrfToken": session.csrf_token,
            "expiresAt": session.expires_at.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true),
        });
        json_reply(StatusCode::OK, MediaType::Json, &body)
    };
    session::set_cookies(&mut reply, &session, now, state, headers);
    Ok(reply)
}

/// `POST /sign-out`: ends the session for good. Without one there is nothing to do. The CSRF token comes in the header,
/// or in a form of our own pages.
pub async fn sign_out(State(state): State<ServerState>, headers: HeaderMap, body: Body) -> Response<Body> {
    let is_form = is_form(&headers);
    let outcome = async {
        csrf::check_origin(&headers)?;
        if let Some(secret) = session::secret(&headers) {
            if is_form {
                let bytes = to_bytes(body, BODY_LIMIT_BYTES).await.unwrap_or_default();
                csrf::check_token(secret, FormFields::read(&bytes).typed("csrf"))?;
            } else {
                csrf::check_header(&headers, secret)?;
            }
            session::end(&state, secret).await?;
        }
        Ok::<_, HttpRefusal>(())
    };
    if let Err(refused) = outcome.await {
        return refused.reply(MediaType::Json);
    }
    let mut reply = if is_form { see_other("/sign-in") } else { Response::new(Body::empty()) };
    if !is_form {
        *reply.status_mut() = StatusCode::NO_CONTENT;
    }
    session::delete_cookies(&mut reply, &state, &headers);
    reply
}

/// Any other method of `/sign-in`.
pub async fn other_than_get_or_post() -> Response<Body> {
    HttpRefusal::method_not_allowed("GET, POST").reply(MediaType::Json)
}

/// Any other method of `/sign-out`.
pub async fn other_than_post() -> Response<Body> {
    HttpRefusal::method_not_allowed("POST").reply(MediaType::Json)
}

async fn token_in(headers: &HeaderMap, body: Body) -> Result<SignInForm, HttpRefusal> {
    let too_large = |_| {
        let refused = HttpRefusal::new(StatusCode::PAYLOAD_TOO_LARGE, "expected a body with a token and nothing else");
        refused.with_code(ErrorCode::LimitExceeded)
    };
    let bytes = to_bytes(body, BODY_LIMIT_BYTES).await.map_err(too_large)?;
    let bad = || HttpRefusal::new(StatusCode::BAD_REQUEST, "expected a token, like {\"token\": \"ndl_...\"}");
    Ok(match content_type(headers).as_str() {
        "application/json" => serde_json::from_slice(&bytes).map_err(|_| bad())?,
        FORM_TYPE => {
            let fields = FormFields::read(&bytes);
            let token = fields.get("token").ok_or_else(bad)?.to_owned();
            SignInForm { token, next: fields.typed("next").to_owned() }
        }
        _ => {
            let message = "expected the content type application/json, or that of a form";
            return Err(HttpRefusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
    })
}

/// True for a form of our own pages.
fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers) == FORM_TYPE
}
