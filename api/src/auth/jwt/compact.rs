//! Parses a token in compact form: header, claims and signature (RFC 7515, section 7.1). Nothing is verified here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::JwtAlgorithm;
use crate::auth::InvalidToken;

/// The maximum length of a token in bytes, far more than a token with a hundred groups needs.
const MAX_TOKEN_BYTES: usize = 16 * 1_024;

/// The accepted values of `typ` (RFC 8725, section 3.11): an identity provider also signs tokens for other purposes.
const TYPES: [&str; 4] = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];

#[derive(Deserialize)]
struct JwtHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A token split into its parts, not verified.
pub struct CompactJwt<'a> {
    header: JwtHeader,
    signing_input: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

impl<'a> CompactJwt<'a> {
    /// Splits a token into its parts and checks its type.
    pub fn parse(token: &'a str) -> Result<Self, InvalidToken> {
        let parts = || {
            let (signed, signature) = token.rsplit_once('.').filter(|_| token.len() <= MAX_TOKEN_BYTES)?;
            let (header, claims) = signed.split_once('.').filter(|(_, claims)| !claims.contains('.'))?;
            let header = serde_json::from_slice(&decode_segment(header)?).ok()?;
            Some(Self { header, signing_input: signed, claims, signature: decode_segment(signature)? })
        };
        let token = parts().ok_or(InvalidToken::Malformed)?;
        if token.header.crit.is_some() {
            return Err(InvalidToken::Extension);
        }
        let typ = token.header.typ.as_deref().map(str::to_ascii_lowercase);
        if typ.is_some_and(|typ| !TYPES.contains(&typ.as_str())) {
            return Err(InvalidToken::WrongType);
        }
        Ok(token)
    }

    /// The algorithm in the header; an error when it is not among the accepted ones.
    pub fn algorithm(&self, accepted: &[JwtAlgorithm]) -> Result<JwtAlgorithm, InvalidToken> {
        let named = JwtAlgorithm::from_name(&self.header.alg).filter(|algorithm| accepted.contains(algorithm));
        named.ok_or(InvalidToken::WrongAlgorithm)
    }

    /// The id of the signing key; `None` when the header has no `kid`.
    pub fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The bytes that the signature covers: header and claims as they were sent.
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The decoded signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims. To be used only after the signature was verified.
    pub fn claims(&self) -> Result<Map<String, Value>, InvalidToken> {
        let claims = decode_segment(self.claims).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        claims.ok_or(InvalidToken::Malformed)
    }
}

fn decode_segment(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
