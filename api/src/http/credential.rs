//! Who sends a request, and by what that was shown: a token, a session, or nothing. Streams look at it again and again.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::bearer::{identify_bearer, missing_token};
use super::reply::HttpRefusal;
use super::state::ServerState;
use super::{csrf, session};
use crate::auth::Viewer;
use crate::graphql::error::ErrorCode;

/// By what somebody shows who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token.
    Token(String),
    /// The secret of a session, whose second token was there too.
    Session(String),
    /// Nothing, where nobody needs more for reading.
    Anonymous,
}

/// Who sends a request, and by what that was shown.
#[derive(Clone)]
pub struct Principal {
    /// As whom the request is executed.
    pub viewer: Viewer,
    /// By what that was shown.
    pub credential: Credential,
}

impl Principal {
    /// Who sent a request, by a token or a session. A token that was sent must be good, even where nobody needs one; a
    /// session's cookie counts only with the header that our own pages can send.
    pub async fn of_request(state: &ServerState, headers: &HeaderMap) -> Result<Self, HttpRefusal> {
        if let Some(authorization) = headers.get(AUTHORIZATION) {
            return Self::of_authorization(state, authorization.to_str().unwrap_or_default()).await;
        }
        if let Some(secret) = session::secret(headers)
            && let Some(viewer) = session::viewer(state, secret).await?
        {
            csrf::check_header(headers, secret)?;
            return Ok(Self { viewer, credential: Credential::Session(secret.to_owned()) });
        }
        Self::anonymous(state)
    }

    /// Who bears the token in the value of a header `Authorization`.
    pub async fn of_authorization(state: &ServerState, text: &str) -> Result<Self, HttpRefusal> {
        let (scheme, token) = text.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing_token());
        }
        let token = token.trim();
        let viewer = identify_bearer(state, token).await?.viewer;
        Ok(Self { viewer, credential: Credential::Token(token.to_owned()) })
    }

    /// Somebody who shows nothing, where that is enough.
    pub fn anonymous(state: &ServerState) -> Result<Self, HttpRefusal> {
        let viewer = state.anonymous.clone().ok_or_else(missing_token)?;
        Ok(Self { viewer, credential: Credential::Anonymous })
    }
}

impl Credential {
    /// Who it is by now; refused once the token is revoked or the session over.
    pub async fn viewer(&self, state: &ServerState) -> Result<Viewer, HttpRefusal> {
        match self {
            Self::Token(token) => identify_bearer(state, token).await.map(|identity| identity.viewer),
            Self::Session(secret) => {
                let is_over = || {
                    HttpRefusal::new(StatusCode::UNAUTHORIZED, "the session is over")
                        .with_code(ErrorCode::Unauthenticated)
                };
                session::viewer(state, secret).await?.ok_or_else(is_over)
            }
            Self::Anonymous => state.anonymous.clone().ok_or_else(missing_token),
        }
    }
}
