//! Signed tokens (JWT) of an identity provider, checked with the public keys that it publishes (RFC 7519, 7517, 8725).
//!
//! A token counts when one of the accepted algorithms and one of the provider's keys signed it, when it is for us and by
//! the provider, when it has not ended, and when a claim of it names one of needle's roles. Where keys come from, and
//! when they are read again, is left to [`source`].
//!
//! The arithmetic is `ring`'s, which TLS brings in anyway; what stands here is the reading of tokens and key sets.
//! `jsonwebtoken` 11.1, the only well-kept JOSE crate without OpenSSL and aws-lc, was tried in its place and left:
//!
//! - With its feature `rust_crypto` it adds 27 crates (`rsa`, `p256`, `p384`, `ed25519-dalek`, ...). A check takes 521 µs by
//!   ES256 and 188 µs by RS256, ring's 103 µs and 30 µs; by `EdDSA` 49 µs and 65 µs. It takes RSA keys of 1,024 bits.
//! - Over a provider of our own on `ring` it adds three crates and takes over the splitting of the text at its dots alone:
//!   it refuses `Ed25519` (RFC 9864) as a name, refuses a whole key set for one member that is no object, looks neither
//!   at `typ` nor at `crit`, takes a list for an issuer, reads the time of the machine instead of ours, and its errors do
//!   not tell apart all that `WWW-Authenticate` does.

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

/// What tokens must say, and where the keys are that they are signed with.
#[derive(Clone, Debug)]
pub struct JwtSettings {
    /// The claim `iss` of every token.
    pub issuer: String,
    /// What the claim `aud` of every token names.
    pub audience: String,
    /// Where the provider's keys are.
    pub jwks: JwksOrigin,
    /// The accepted algorithms.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The claim with the person's name.
    pub name_claim: String,
    /// The claim with the person's roles or groups.
    pub role_claim: String,
    /// Which values of that claim make somebody what; the first role that fits counts.
    pub roles: Vec<(Role, Vec<String>)>,
    /// How far the clocks of the provider and of this machine may differ, in seconds.
    pub leeway_seconds: i64,
    /// How old keys from a URL may get before they are fetched again, in seconds.
    pub refresh_seconds: i64,
}

/// An identity provider whose tokens are accepted.
#[derive(Debug)]
pub struct IdentityProvider {
    settings: JwtSettings,
    keys: Arc<KeySource>,
}

impl IdentityProvider {
    /// A provider with the keys that it has now. Without a readable file of keys there is none; keys at a URL that does
    /// not answer are asked for again later.
    pub async fn open(settings: JwtSettings, now: Timestamp) -> Result<Self, JwksReadError> {
        let keys = KeySource::open(settings.jwks.clone(), settings.refresh_seconds, now).await?;
        Ok(Self { settings, keys })
    }

    /// Who bears this token.
    pub async fn identify(&self, token: &str, now: Timestamp) -> Result<Identity, TokenDenial> {
        let token = CompactJwt::parse(token)?;
        let algorithm = token.algorithm(&self.settings.algorithms)?;
        let mut keys = self.keys.current(now).await.ok_or(TokenDenial::KeysUnavailable)?;
        let mut selection = keys.keys.choose(token.key_id(), algorithm);
        if matches!(selection, KeySelection::Unknown) {
            // The provider may have changed its keys since.
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
