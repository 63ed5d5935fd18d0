//! By what somebody shows who asks: a token, a session, or nothing. Streams look at it again and again.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::bearer::{bearer, missing};
use super::reply::Refused;
use super::state::ServerState;
use super::{csrf, session};
use crate::auth::Viewer;
use crate::graphql::error::Code;

/// By what somebody shows who asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token.
    Token(String),
    /// The secret of a session, whose second token was there too.
    Session(String),
    /// Nothing, where nobody needs more for reading.
    Nothing,
}

/// Who asks, and by what that was shown.
#[derive(Clone)]
pub struct Asker {
    /// Who asks.
    pub viewer: Viewer,
    /// By what that was shown.
    pub credential: Credential,
}

impl Credential {
    /// The token in the value of a header `Authorization`.
    pub fn of_authorization(text: &str) -> Result<Self, Refused> {
        let (scheme, token) = text.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        Ok(Self::Token(token.trim().to_owned()))
    }

    /// Who it is; refused once the token is revoked or the session over.
    pub async fn viewer(&self, state: &ServerState) -> Result<Viewer, Refused> {
        match self {
            Self::Token(token) => bearer(state, token).await.map(|identity| identity.viewer),
            Self::Session(secret) => {
                let found = session::viewer(state, secret).await?;
                found.ok_or_else(|| unauthenticated("the session is over"))
            }
            Self::Nothing => state.anonymous.clone().ok_or_else(missing),
        }
    }

    /// The same together with what shows it.
    pub async fn asker(self, state: &ServerState) -> Result<Asker, Refused> {
        Ok(Asker { viewer: self.viewer(state).await?, credential: self })
    }
}

/// Who sent a request, by a token or a session. A token that was sent must be good, even where nobody needs one.
pub async fn asker(state: &ServerState, headers: &HeaderMap) -> Result<Asker, Refused> {
    if let Some(authorization) = headers.get(AUTHORIZATION) {
        return Credential::of_authorization(authorization.to_str().unwrap_or_default())?.asker(state).await;
    }
    if let Some(secret) = session::secret(headers)
        && let Some(viewer) = session::viewer(state, secret).await?
    {
        csrf::check_header(headers, secret)?;
        return Ok(Asker { viewer, credential: Credential::Session(secret.to_owned()) });
    }
    Credential::Nothing.asker(state).await
}

fn unauthenticated(message: &str) -> Refused {
    Refused::new(StatusCode::UNAUTHORIZED, message).with_code(Code::Unauthenticated)
}
