//! Sessions of people who signed in to the pages with a token. The cookie contains the secret, the database only its
//! SHA-256.
//!
//! A browser sends cookies also with requests that other sites make it send. A cookie alone is therefore not enough: it
//! is accepted only together with the session's CSRF token, which our pages can read and other sites cannot.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{Database, StoreError, Timestamp, store};
use sha2::{Digest as _, Sha256};

use super::{Identity, SECRET_BYTES, TokenError, Viewer, digest};

/// A session that was just created, with its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The secret for the cookie.
    pub secret: String,
    /// The CSRF token that must accompany the cookie.
    pub csrf_token: String,
    /// When the session expires.
    pub expires_at: Timestamp,
}

/// Begins a session of `hours` for the identity behind a token. It expires with the token, if that is earlier.
pub async fn begin(
    database: &Database,
    identity: &Identity,
    hours: u64,
    now: Timestamp,
) -> Result<NewSession, TokenError> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let latest = now.plus(Duration::from_secs(hours.saturating_mul(3_600)));
    let expires_at = identity.expires_at.map_or(latest, |token_expires| token_expires.min(latest));
    let session = entity::session::Model {
        id: 0,
        digest: digest(&secret),
        token_id: identity.token_id,
        name: identity.viewer.name.clone(),
        role: identity.viewer.role,
        created_at: now,
        expires_at,
    };
    let transaction = database.begin_write().await?;
    store::session::begin(&transaction, session).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(NewSession { csrf_token: csrf_token(&secret), secret, expires_at })
}

/// The viewer of the session with this secret; `None` when no such session is valid.
pub async fn viewer(database: &Database, secret: &str, now: Timestamp) -> Result<Option<Viewer>, StoreError> {
    let found = store::session::in_force(database.reader(), &digest(secret), now).await?;
    Ok(found.map(|session| Viewer { name: session.name, role: session.role }))
}

/// Ends the session with this secret, if there is one.
pub async fn end(database: &Database, secret: &str) -> Result<(), StoreError> {
    let transaction = database.begin_write().await?;
    store::session::end(&transaction, &digest(secret)).await?;
    Ok(transaction.commit().await?)
}

/// True when `sent` is the CSRF token of the session with this secret. Compares digests, so that the duration reveals
/// nothing about the token.
pub fn is_csrf_token(secret: &str, sent: &str) -> bool {
    digest(&csrf_token(secret)) == digest(sent)
}

/// The CSRF token of a session: a hash of the secret, which cannot be derived from it.
pub fn csrf_token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("needle csrf token of {secret}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_csrf_token_belongs_to_one_session_and_is_not_its_secret() {
        let (one, other) = (csrf_token("one"), csrf_token("other"));
        assert!(is_csrf_token("one", &one) && is_csrf_token("other", &other));
        for (secret, sent) in [("one", other.as_str()), ("one", "one"), ("one", ""), ("", "")] {
            assert!(!is_csrf_token(secret, sent), "{secret} {sent}");
        }
    }
}
