//! The token of a request: who bears it, and what a client is told whose token is not good (RFC 6750, section 3).

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};

use super::reply::HttpRefusal;
use super::state::ServerState;
use crate::auth::{Denial, Identity, identify};
use crate::graphql::error::Code;

/// After how many seconds the keys of an identity provider may be there again.
const RETRY_AFTER_SECONDS: &str = "10";

/// Who bears a token.
pub async fn bearer(state: &ServerState, token: &str) -> Result<Identity, HttpRefusal> {
    let job_context = state.api.workplace();
    let provider = state.identity_provider.as_deref();
    identify(&job_context.database, provider, token, job_context.clock.now()).await.map_err(refusal)
}

/// No token came with the request.
pub fn missing() -> HttpRefusal {
    HttpRefusal::new(StatusCode::UNAUTHORIZED, "expected the header Authorization: Bearer <token>")
        .with_code(Code::Unauthenticated)
        .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"needle\""))
}

fn refusal(denial: Denial) -> HttpRefusal {
    let message = denial.to_string();
    match denial {
        Denial::Invalid(_) => {
            let challenge = challenge("invalid_token", &message);
            let refused = HttpRefusal::new(StatusCode::UNAUTHORIZED, message).with_code(Code::Unauthenticated);
            refused.with_header(WWW_AUTHENTICATE, challenge)
        }
        Denial::NoRole { name } => {
            tracing::info!(name, "{message}");
            let challenge = challenge("insufficient_scope", &message);
            let refused = HttpRefusal::new(StatusCode::FORBIDDEN, message).with_code(Code::Forbidden);
            refused.with_header(WWW_AUTHENTICATE, challenge)
        }
        Denial::NoKeys => HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, message)
            .with_code(Code::Internal)
            .with_header(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS)),
        Denial::Store(error) => {
            tracing::error!(%error, "tokens cannot be looked up");
            HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_code(Code::Internal)
        }
    }
}

/// The challenge of a token that does not suffice. Both texts are our own and hold no quotes.
fn challenge(error: &str, description: &str) -> HeaderValue {
    let challenge = format!("Bearer realm=\"needle\", error=\"{error}\", error_description=\"{description}\"");
    HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer realm=\"needle\""))
}
