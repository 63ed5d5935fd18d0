//! The two cookies of a session: its secret, which scripts cannot read, and its second token, which they have to.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// The cookie with the secret.
const SECRET: &str = "needle_session";

/// The cookie with the second token.
const CSRF: &str = "needle_csrf";

/// The headers that set both for so many seconds; with none they are deleted.
pub fn set(secret: &str, csrf_token: &str, seconds: i64, is_secure: bool) -> impl Iterator<Item = HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let common = format!("; Path=/; SameSite=Lax; Max-Age={seconds}{secure}");
    let cookies = [format!("{SECRET}={secret}{common}; HttpOnly"), format!("{CSRF}={csrf_token}{common}")];
    cookies.into_iter().filter_map(|cookie| HeaderValue::try_from(cookie).ok())
}

/// The secret that came with a request.
pub fn secret(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == SECRET).map(|(_, value)| value).find(|value| !value.is_empty())
}
