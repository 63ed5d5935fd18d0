//! Protection against cross-site request forgery: by the origin of a request, and by the CSRF token of a session, which
//! only our own pages can read.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, StatusCode};

use super::reply::HttpRefusal;
use crate::auth::session;
use crate::graphql::error::ErrorCode;

/// The header with the CSRF token, required together with a session's cookie.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// Fails when the header does not contain the CSRF token of the session with this secret.
pub fn check_header(headers: &HeaderMap, secret: &str) -> Result<(), HttpRefusal> {
    let sent = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    check_token(secret, sent)
}

/// Fails when `sent` is not the CSRF token of the session with this secret.
pub fn check_token(secret: &str, sent: &str) -> Result<(), HttpRefusal> {
    if session::is_csrf_token(secret, sent) {
        return Ok(());
    }
    let message = "expected the header X-CSRF-Token with the token of this session, which is in the cookie needle_csrf";
    Err(HttpRefusal::new(StatusCode::FORBIDDEN, message).with_code(ErrorCode::Forbidden))
}

/// Fails for a request that a page of another site made a browser send: it could sign a person in as someone else.
pub fn check_origin(headers: &HeaderMap) -> Result<(), HttpRefusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => ["same-origin", "none"].contains(&site),
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) == text(HOST.as_str()),
        (None, None) => true,
    };
    if is_ours {
        return Ok(());
    }
    let refused = HttpRefusal::new(StatusCode::FORBIDDEN, "expected a request from a page of this server");
    Err(refused.with_code(ErrorCode::Forbidden))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_may_sign_in() {
        for (sent, expected) in [
            (&[][..], true),
            (&[("origin", "https://needle.example.org")], true),
            (&[("origin", "https://evil.example.org")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://needle.example.org")], false),
            (&[("sec-fetch-site", "cross-site")], false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("needle.example.org"));
            for (name, value) in sent {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            let refused = check_origin(&headers).err().map(|refused| refused.status);
            assert_eq!(refused, (!expected).then_some(StatusCode::FORBIDDEN), "{sent:?}");
        }
    }
}
