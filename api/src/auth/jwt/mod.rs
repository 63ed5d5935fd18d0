//! Signed tokens (JWT) of an identity provider, verified with the public keys that it publishes (RFC 7519, 7517, 8725).
//!
//! A token is accepted when it was signed with an accepted algorithm and a key of the provider, when issuer and
//! audience match, when it has not expired, and when a claim maps to one of needle's roles. [`source`] reads and
//! refreshes the keys.
//!
//! `ring`, which TLS needs anyway, does the cryptography; this module parses tokens and key sets. `jsonwebtoken` 11.1,
//! the only well-maintained JOSE crate without OpenSSL and aws-lc, was evaluated and rejected:
//!
//! - With its feature `rust_crypto` it adds 27 crates (`rsa`, `p256`, `p384`, `ed25519-dalek`, ...). Verifying takes
//!   521 µs with ES256 and 188 µs with RS256, against 103 µs and 30 µs with ring; with `EdDSA` 49 µs against 65 µs. It
//!   accepts RSA keys of 1,024 bits.
//! - On top of our own provider with `ring` it adds three crates and only splits the token at its dots: it does not
//!   accept the name `Ed25519` (RFC 9864), rejects a whole key set for one member that is not an object, checks neither
//!   `typ` nor `crit`, accepts a list as issuer, reads the machine's time instead of our clock, and its errors do not
//!   distinguish all cases that our `WWW-Authenticate` does.

mod algorithm;
mod claims;
mod compact;
mod fetch;
mod key;
mod source;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use entity::Timestamp;
use entity::token::Role;

use super::{Identity, InvalidToken, TokenDenial};
use compact::CompactJwt;
use key::KeySelection;
use source::KeySource;

pub use algorithm::JwtAlgorithm;
pub use key::{KeySet, KeySetError};
pub use source::{JwksOrigin, JwksOriginError, JwksReadError};

/// What a token must contain to be accepted, and where the keys are.
#[derive(Clone, Debug)]
pub struct JwtSettings {
    /// The required value of the claim `iss`.
    pub issuer: String,
    /// The value that the claim `aud` must contain.
    pub audience: String,
    /// The location of the provider's keys.
    pub jwks: JwksOrigin,
    /// The accepted signature algorithms.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The claim with the person's name; a path of names joined by dots.
    pub name_claim: String,
    /// The claim with the person's roles or groups; a path of names joined by dots.
    pub role_claim: String,
    /// The values of the role claim that map to each role; the first match wins.
    pub roles: Vec<(Role, Vec<String>)>,
    /// The allowed difference between the clocks of the provider and of this machine, in seconds.
    pub leeway_seconds: i64,
    /// The age of keys from a URL after which they are fetched again, in seconds.
    pub refresh_seconds: i64,
}

/// An identity provider whose tokens are accepted.
#[derive(Debug)]
pub struct IdentityProvider {
    settings: JwtSettings,
    keys: Arc<KeySource>,
}

impl IdentityProvider {
    /// Opens a provider and reads its keys. An unreadable key file is an error; keys at an unreachable URL are fetched
    /// again later.
    pub async fn open(settings: JwtSettings, now: Timestamp) -> Result<Self, JwksReadError> {
        let keys = KeySource::open(settings.jwks.clone(), settings.refresh_seconds, now).await?;
        Ok(Self { settings, keys })
    }

    /// Verifies a token and returns the identity behind it.
    pub async fn identify(&self, token: &str, now: Timestamp) -> Result<Identity, TokenDenial> {
        let token = CompactJwt::parse(token)?;
        let algorithm = token.algorithm(&self.settings.algorithms)?;
        let mut keys = self.keys.current(now).await.ok_or(TokenDenial::KeysUnavailable)?;
        let mut selection = keys.keys.choose(token.key_id(), algorithm);
        if matches!(selection, KeySelection::Unknown) {
            // The provider may have rotated its keys.
            keys = self.keys.refresh(now, &keys).await.ok_or(TokenDenial::KeysUnavailable)?;
            selection = keys.keys.choose(token.key_id(), algorithm);
        }
        let key = match selection {
            KeySelection::Found(key) => key,
            KeySelection::Unknown => return Err(InvalidToken::UnknownKey.into()),
            KeySelection::Ambiguous => return Err(InvalidToken::NoKeyNamed.into()),
        };
        if !algorithm.verify(key, token.signing_input(), token.signature()) {
            return Err(InvalidToken::WrongSignature.into());
        }
        claims::check(&token.claims()?, &self.settings, now)
    }
}
