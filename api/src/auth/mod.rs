//! Authentication: the identity and role behind a token. Of our own tokens only the SHA-256 is stored; those of an
//! identity provider are verified with the provider's keys, see [`jwt`].
//!
//! People who use the pages submit a token once and get a session, see [`session`]. [`crate::graphql::access`] defines
//! what a role may do.

pub mod jwt;
pub mod session;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::token::Role;
use entity::{Database, StoreError, Timestamp, store};
use sha2::{Digest as _, Sha256};

use jwt::IdentityProvider;

/// The prefix of every token, so that secret scanners can find one that leaked.
const PREFIX: &str = "ndl_";

/// The number of random bytes in a token: too many to guess, so that one unsalted hash protects it.
const SECRET_BYTES: usize = 32;

/// The name and role that a request is executed as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The name, recorded as owner of decisions and author of declarations.
    pub name: String,
    /// The role, which determines what the viewer may read and change.
    pub role: Role,
}

/// The identity behind a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The viewer that requests with the token are executed as.
    pub viewer: Viewer,
    /// The id of the API token; `None` for a token of an identity provider.
    pub token_id: Option<i64>,
    /// When the token expires; `None` when it does not.
    pub expires_at: Option<Timestamp>,
}

/// Why a token or session could not be created.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A valid token has this name.
    #[error("a token named \"{0}\" exists already: revoke it first, or choose another name")]
    NameTaken(String),
    /// The name is empty, too long, or contains control characters.
    #[error("expected a name of 1 to 255 characters for the token")]
    InvalidName,
    /// The operating system provided no random bytes.
    #[error("the operating system provided no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a token is rejected.
#[derive(Debug, thiserror::Error)]
pub enum TokenDenial {
    /// The token is not valid.
    #[error(transparent)]
    Invalid(#[from] InvalidToken),
    /// The token is valid, but maps to none of our roles.
    #[error("the token names none of the roles of this API")]
    NoRole {
        /// The person's name in the token.
        name: String,
    },
    /// The keys of the identity provider cannot be read currently.
    #[error("the keys of the identity provider cannot be read currently")]
    KeysUnavailable,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a token is not valid. The messages are sent to the client and contain no part of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It has our prefix and is not stored, or there is no identity provider that could have issued it.
    #[error("the token is unknown or was revoked")]
    Unknown,
    /// It cannot be parsed.
    #[error("the token is not a signed JWT, or one of its claims has no usable value")]
    Malformed,
    /// Its header has the member `crit`.
    #[error("the token requires an extension that is not supported")]
    Extension,
    /// The `typ` in its header is not one for APIs.
    #[error("the token has a type that is not meant for APIs")]
    WrongType,
    /// The `alg` in its header is not accepted.
    #[error("the token is not signed with an accepted algorithm")]
    WrongAlgorithm,
    /// Its header has no `kid`, and the provider has several keys.
    #[error("the token does not name the key that signed it")]
    NoKeyNamed,
    /// The provider has no such key.
    #[error("the key that signed the token is not among those of the issuer")]
    UnknownKey,
    /// It was changed, or signed with another key.
    #[error("the signature of the token is wrong")]
    WrongSignature,
    /// The claim `iss` is absent or has another value.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// The claim `aud` is absent or does not contain our audience.
    #[error("the token is for another audience")]
    WrongAudience,
    /// The claim `exp` is absent.
    #[error("the token has no expiry")]
    NoExpiry,
    /// The time in the claim `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// The time in the claim `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The claim with the name is absent, or not a valid name.
    #[error("the token has no name")]
    NoName,
}

/// True for a valid name of a viewer: 1 to 255 characters, not only whitespace, no control characters.
fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 255 && !name.chars().any(char::is_control)
}

/// Creates a token and returns its text, which is not stored and cannot be shown again.
pub async fn create_token(database: &Database, name: &str, role: Role, now: Timestamp) -> Result<String, TokenError> {
    let name = name.trim();
    if !is_name(name) {
        return Err(TokenError::InvalidName);
    }
    let mut secret = [0; SECRET_BYTES];
    getrandom::fill(&mut secret)?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let transaction = database.begin_write().await?;
    match store::token::insert(&transaction, name, role, digest(&token), now).await {
        Err(error) if error.is_conflict() => return Err(TokenError::NameTaken(name.to_owned())),
        outcome => outcome?,
    }
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(token)
}

/// The identity behind a token: one of ours, or one of the identity provider where there is one.
pub async fn identify(
    database: &Database,
    provider: Option<&IdentityProvider>,
    token: &str,
    now: Timestamp,
) -> Result<Identity, TokenDenial> {
    if let (false, Some(provider)) = (token.starts_with(PREFIX), provider) {
        return provider.identify(token, now).await;
    }
    if !token.starts_with(PREFIX) {
        return Err(InvalidToken::Unknown.into());
    }
    let found = store::token::in_force(database.reader(), &digest(token)).await?;
    let identity = |token: entity::token::Model| Identity {
        viewer: Viewer { name: token.name, role: token.role },
        token_id: Some(token.id),
        expires_at: None,
    };
    Ok(found.map(identity).ok_or(InvalidToken::Unknown)?)
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
