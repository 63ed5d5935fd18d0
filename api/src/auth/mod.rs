//! Tokens: who speaks to the API, and in which role. Of a token of ours only its SHA-256 is stored; those of an identity
//! provider are checked with the provider's keys, see [`jwt`].
//!
//! People who use the pages show a token once and get a session, see [`session`]. What a role may do is left to [`crate::graphql::access`].

pub mod jwt;
pub mod session;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::token::Role;
use entity::{Database, StoreError, Timestamp, store};
use sha2::{Digest as _, Sha256};

use jwt::IdentityProvider;

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
pub enum TokenError {
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

/// Why nobody is let in with a token.
#[derive(Debug, thiserror::Error)]
pub enum TokenDenial {
    /// The token is not good.
    #[error(transparent)]
    Invalid(#[from] InvalidToken),
    /// The token is good, and gives none of our roles.
    #[error("the token names none of the roles of this API")]
    NoRole {
        /// Who bears it.
        name: String,
    },
    /// The keys of the identity provider cannot be had at the moment.
    #[error("the keys of the identity provider cannot be read at the moment")]
    KeysUnavailable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a token. The texts are for whoever sent it, and hold nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Nobody bears it.
    #[error("the token is unknown or was revoked")]
    Unknown,
    /// It cannot be read.
    #[error("the token is no signed JWT, or one of its claims has no usable value")]
    Malformed,
    /// Its header has `crit`.
    #[error("the token asks for an extension that is not understood")]
    Extension,
    /// Its header has another `typ`.
    #[error("the token is of a type that is not meant for APIs")]
    WrongType,
    /// Its header has another `alg`.
    #[error("the token is not signed by an accepted algorithm")]
    WrongAlgorithm,
    /// Its header has no `kid`, and there are several keys.
    #[error("the token does not name the key that signed it")]
    NoKeyNamed,
    /// The provider has no such key.
    #[error("the key that signed the token is not among those of the issuer")]
    UnknownKey,
    /// It was changed, or signed by somebody else.
    #[error("the signature of the token is wrong")]
    WrongSignature,
    /// Another `iss`.
    #[error("the token is by another issuer")]
    WrongIssuer,
    /// Another `aud`.
    #[error("the token is for another audience")]
    WrongAudience,
    /// No `exp`.
    #[error("the token does not say when it ends")]
    NoExpiry,
    /// `exp` is over.
    #[error("the token has ended")]
    Expired,
    /// `nbf` is still to come.
    #[error("the token does not hold yet")]
    NotYetValid,
    /// The claim with the name is absent, or no name.
    #[error("the token does not say who bears it")]
    NoName,
}

/// True for what may stand under a decision: 1 to 255 characters, none of them a control character.
fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 255 && !name.chars().any(char::is_control)
}

/// Makes a token and returns its text, which nobody can read again.
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

/// Who shows this token: one of ours, or one of the identity provider where there is one.
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
