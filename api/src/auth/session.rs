//! Sessions: people who signed in to the pages with a token. A cookie holds the secret, the database only its SHA-256.
//!
//! A browser sends cookies with requests that other sites make it send. So a cookie alone opens nothing: it counts only
//! together with the session's second token, which a page of ours can read and other sites cannot.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{Database, StoreError, Timestamp, store};
use sha2::{Digest as _, Sha256};

use super::{Identity, SECRET_BYTES, TokenError, Viewer, digest};

/// A session that has just begun.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The secret that the cookie holds.
    pub secret: String,
    /// The token that has to come with it.
    pub csrf_token: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Begins a session of somebody who showed a token. It ends with the token, if that ends before.
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
    let expires_at = identity.expires_at.map_or(latest, |token_ends| token_ends.min(latest));
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

/// The viewer of the session with this secret; `None` when there is none in force.
pub async fn viewer(database: &Database, secret: &str, now: Timestamp) -> Result<Option<Viewer>, StoreError> {
    let found = store::session::in_force(database.reader(), &digest(secret), now).await?;
    Ok(found.map(|session| Viewer { name: session.name, role: session.role }))
}

/// Ends the session with this secret.
pub async fn end(database: &Database, secret: &str) -> Result<(), StoreError> {
    let transaction = database.begin_write().await?;
    store::session::end(&transaction, &digest(secret)).await?;
    Ok(transaction.commit().await?)
}

/// True when this is the second token of the session with this secret. Compares digests, so that the time it takes
/// tells nothing of the token.
pub fn is_csrf_token(secret: &str, sent: &str) -> bool {
    digest(&csrf_token(secret)) == digest(sent)
}

/// The second token of a session: made of the secret, which cannot be made of it.
pub fn csrf_token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("needle csrf token of {secret}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_token_belongs_to_one_session_and_is_not_its_secret() {
        let (one, other) = (csrf_token("one"), csrf_token("other"));
        assert!(is_csrf_token("one", &one) && is_csrf_token("other", &other));
        for (secret, sent) in [("one", other.as_str()), ("one", "one"), ("one", ""), ("", "")] {
            assert!(!is_csrf_token(secret, sent), "{secret} {sent}");
        }
    }
}
