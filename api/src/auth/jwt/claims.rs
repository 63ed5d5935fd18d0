//! Checks the claims of a token whose signature was verified: issuer, audience, validity, name and role (RFC 7519,
//! section 4.1).

use entity::Timestamp;
use entity::token::Role;
use serde_json::{Map, Value};

use super::JwtSettings;
use crate::auth::{Identity, InvalidToken, TokenDenial, Viewer, is_name};

/// Claims whose value is a list of words separated by spaces (RFC 8693, section 4.2); some providers name it `scp`.
const SPACE_SEPARATED_CLAIMS: [&str; 2] = ["scope", "scp"];

/// The identity in the claims of a token; the error is the first claim that is not accepted.
pub fn check(claims: &Map<String, Value>, settings: &JwtSettings, now: Timestamp) -> Result<Identity, TokenDenial> {
    if claims.get("iss").and_then(Value::as_str) != Some(settings.issuer.as_str()) {
        return Err(InvalidToken::WrongIssuer.into());
    }
    if !claims.get("aud").is_some_and(|audience| texts(audience).any(|one| one == settings.audience)) {
        return Err(InvalidToken::WrongAudience.into());
    }
    let expires_at = timestamp(claims, "exp")?.ok_or(InvalidToken::NoExpiry)?;
    if now >= expires_at.plus_seconds(settings.leeway_seconds) {
        return Err(InvalidToken::Expired.into());
    }
    if timestamp(claims, "nbf")?.is_some_and(|not_before| now.plus_seconds(settings.leeway_seconds) < not_before) {
        return Err(InvalidToken::NotYetValid.into());
    }
    let name = find(claims, &settings.name_claim).and_then(Value::as_str).filter(|name| is_name(name));
    let name = name.ok_or(InvalidToken::NoName)?.to_owned();
    let Some(role) = role(claims, settings) else { return Err(TokenDenial::NoRole { name }) };
    Ok(Identity { viewer: Viewer { name, role }, token_id: None, expires_at: Some(expires_at) })
}

/// A timestamp claim, in seconds since 1970, possibly with a fraction; `None` where the claim is absent.
fn timestamp(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, InvalidToken> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    // At most about ten thousand years before or after 1970.
    let seconds = value.as_f64().filter(|seconds| seconds.abs() < 3.2e11).ok_or(InvalidToken::Malformed)?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let whole = seconds.floor() as i64;
    Ok(Some(Timestamp(0).plus_seconds(whole)))
}

/// The first configured role that a value of the role claim maps to.
fn role(claims: &Map<String, Value>, settings: &JwtSettings) -> Option<Role> {
    let claim = find(claims, &settings.role_claim)?;
    let is_list_of_words = SPACE_SEPARATED_CLAIMS.contains(&settings.role_claim.as_str());
    let holds = |value: &String| {
        texts(claim).any(|text| text == value || is_list_of_words && text.split(' ').any(|word| word == value))
    };
    settings.roles.iter().find(|(_, values)| values.iter().any(holds)).map(|(role, _)| *role)
}

/// A claim by its name, or by a path of names like `realm_access.roles`.
fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (outer, inner) = name.split_once('.')?;
    find(claims.get(outer)?.as_object()?, inner)
}

/// The value as strings: one string, or the strings of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    value.as_str().into_iter().chain(list.iter().filter_map(Value::as_str))
}
