//! The two cookies of a session: its secret, which scripts cannot read, and its CSRF token, which scripts must read.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// The name of the cookie with the secret.
const SECRET: &str = "needle_session";

/// The name of the cookie with the CSRF token.
const CSRF: &str = "needle_csrf";

/// The headers `Set-Cookie` that set both cookies for `seconds`; zero deletes them.
pub fn set(secret: &str, csrf_token: &str, seconds: i64, is_secure: bool) -> impl Iterator<Item = HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let common = format!("; Path=/; SameSite=Lax; Max-Age={seconds}{secure}");
    let cookies = [format!("{SECRET}={secret}{common}; HttpOnly"), format!("{CSRF}={csrf_token}{common}")];
    cookies.into_iter().filter_map(|cookie| HeaderValue::try_from(cookie).ok())
}

/// The secret in the cookies of a request; `None` when there is none.
pub fn secret(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == SECRET).map(|(_, value)| value).find(|value| !value.is_empty())
}
