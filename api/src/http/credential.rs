//! The principal of a request and its credential: a token, a session, or none. Streams check the credential repeatedly.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::bearer::{identify_bearer, missing_token};
use super::reply::HttpRefusal;
use super::state::ServerState;
use super::{csrf, session};
use crate::auth::Viewer;
use crate::graphql::error::ErrorCode;

/// How a client authenticates.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token in the header `Authorization`.
    Token(String),
    /// The secret of a session, from its cookie; the CSRF token was checked.
    Session(String),
    /// No credential, where the configuration allows anonymous reading.
    Anonymous,
}

/// The viewer of a request and the credential that identified it.
#[derive(Clone)]
pub struct Principal {
    /// The viewer that the request is executed as.
    pub viewer: Viewer,
    /// The credential, which streams check again while they are open.
    pub credential: Credential,
}

impl Principal {
    /// The principal of a request, by token or by session. A token that is sent must be valid, even where anonymous
    /// reading is allowed; a session's cookie is accepted only together with the CSRF header, which only our own pages
    /// can send.
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

    /// The principal behind the token in the value of a header `Authorization`.
    pub async fn of_authorization(state: &ServerState, text: &str) -> Result<Self, HttpRefusal> {
        let (scheme, token) = text.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing_token());
        }
        let token = token.trim();
        let viewer = identify_bearer(state, token).await?.viewer;
        Ok(Self { viewer, credential: Credential::Token(token.to_owned()) })
    }

    /// The principal of a request without a credential; an error where anonymous reading is not allowed.
    pub fn anonymous(state: &ServerState) -> Result<Self, HttpRefusal> {
        let viewer = state.anonymous.clone().ok_or_else(missing_token)?;
        Ok(Self { viewer, credential: Credential::Anonymous })
    }
}

impl Credential {
    /// The current viewer of this credential; an error once the token is revoked or the session has ended.
    pub async fn viewer(&self, state: &ServerState) -> Result<Viewer, HttpRefusal> {
        match self {
            Self::Token(token) => identify_bearer(state, token).await.map(|identity| identity.viewer),
            Self::Session(secret) => {
                let has_ended = || {
                    HttpRefusal::new(StatusCode::UNAUTHORIZED, "the session has ended")
                        .with_code(ErrorCode::Unauthenticated)
                };
                session::viewer(state, secret).await?.ok_or_else(has_ended)
            }
            Self::Anonymous => state.anonymous.clone().ok_or_else(missing_token),
        }
    }
}
