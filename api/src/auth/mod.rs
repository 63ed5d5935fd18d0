//! Tokens: who speaks to the API, and in which role. Only a token's SHA-256 is stored.
//!
//! People who use the pages show a token once and get a session, see [`session`]. What a role may do is left to [`crate::graphql::access`].

pub mod session;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::token::Role;
use entity::{Database, StoreError, Timestamp, store};
use sha2::{Digest as _, Sha256};

/// What every token starts with, so that secret scanners can find one that leaked.
const PREFIX: &str = "ndl_";

/// The random bytes of a token: too many to guess, so that one plain hash protects them.
const SECRET_BYTES: usize = 32;

/// Who asks, and in which role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The name, which owns decisions and signs declarations.
    pub name: String,
    /// What the viewer may do.
    pub role: Role,
}

/// Who showed a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// As whom the bearer acts.
    pub viewer: Viewer,
    /// The API token; `None` for one of an identity provider.
    pub token_id: Option<i64>,
    /// When the token ends by itself; `None` when it does not.
    pub expires_at: Option<Timestamp>,
}

/// Why a token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Somebody bears a token under this name.
    #[error("a token named \"{0}\" is in force: revoke it first, or choose another name")]
    NameTaken(String),
    /// A name is what decisions are signed with.
    #[error("expected a name of 1 to 255 characters for the token")]
    InvalidName,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a token and returns its text, which nobody can read again.
pub async fn create(database: &Database, name: &str, role: Role, now: Timestamp) -> Result<String, AuthError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.contains('\0') {
        return Err(AuthError::InvalidName);
    }
    let mut secret = [0; SECRET_BYTES];
    getrandom::fill(&mut secret)?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let transaction = database.begin_write().await?;
    match store::token::insert(&transaction, name, role, digest(&token), now).await {
        Err(error) if error.is_conflict() => return Err(AuthError::NameTaken(name.to_owned())),
        outcome => outcome?,
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(token)
}

/// The viewer whose token this is; `None` when it is unknown or revoked.
pub async fn authenticate(database: &Database, token: &str) -> Result<Option<Viewer>, StoreError> {
    Ok(identify(database, token).await?.map(|identity| identity.viewer))
}

/// Who shows this token; `None` when it is unknown or revoked.
pub async fn identify(database: &Database, token: &str) -> Result<Option<Identity>, StoreError> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let found = store::token::in_force(database.reader(), &digest(token)).await?;
    let identity = |token: entity::token::Model| Identity {
        viewer: Viewer { name: token.name, role: token.role },
        token_id: Some(token.id),
        expires_at: None,
    };
    Ok(found.map(identity))
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
