//! The token of a request: the identity behind it, and the reply to a token that is not accepted (RFC 6750, section 3).

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};

use super::reply::HttpRefusal;
use super::state::ServerState;
use crate::auth::{Identity, TokenDenial, identify};
use crate::graphql::error::ErrorCode;

/// The `Retry-After` of a reply while the keys of the identity provider cannot be read, in seconds.
const RETRY_AFTER_SECONDS: &str = "10";

/// The identity behind a token.
pub async fn identify_bearer(state: &ServerState, token: &str) -> Result<Identity, HttpRefusal> {
    let job_context = state.api.job_context();
    let provider = state.identity_provider.as_deref();
    identify(&job_context.database, provider, token, job_context.clock.now()).await.map_err(refusal)
}

/// The refusal of a request without a token.
pub fn missing_token() -> HttpRefusal {
    HttpRefusal::new(StatusCode::UNAUTHORIZED, "expected the header Authorization: Bearer <token>")
        .with_code(ErrorCode::Unauthenticated)
        .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"needle\""))
}

fn refusal(denial: TokenDenial) -> HttpRefusal {
    let message = denial.to_string();
    match denial {
        TokenDenial::Invalid(_) => {
            let challenge = challenge("invalid_token", &message);
            let refused = HttpRefusal::new(StatusCode::UNAUTHORIZED, message).with_code(ErrorCode::Unauthenticated);
            refused.with_header(WWW_AUTHENTICATE, challenge)
        }
        TokenDenial::NoRole { name } => {
            tracing::info!(name, "{message}");
            let challenge = challenge("insufficient_scope", &message);
            let refused = HttpRefusal::new(StatusCode::FORBIDDEN, message).with_code(ErrorCode::Forbidden);
            refused.with_header(WWW_AUTHENTICATE, challenge)
        }
        TokenDenial::KeysUnavailable => HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, message)
            .with_code(ErrorCode::Internal)
            .with_header(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS)),
        TokenDenial::Store(error) => {
            tracing::error!(%error, "tokens cannot be looked up");
            HttpRefusal::of_store(&error)
        }
    }
}

/// The header `WWW-Authenticate` for a token that is not accepted. Neither argument may contain a quote.
fn challenge(error: &str, description: &str) -> HeaderValue {
    let challenge = format!("Bearer realm=\"needle\", error=\"{error}\", error_description=\"{description}\"");
    HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer realm=\"needle\""))
}
