//! Whether a request comes from a page of ours, or from somebody who is no browser.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};

use crate::graphql::error::Code;
use crate::http::answer::Refused;

/// Refuses what a page of another site made a browser send: it could sign a person in as somebody else.
pub fn check(headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => ["same-origin", "none"].contains(&site),
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) == text(HOST.as_str()),
        (None, None) => true,
    };
    if is_ours {
        return Ok(());
    }
    let refused = Refused::new(StatusCode::FORBIDDEN, "expected a request of a page of this server");
    Err(refused.with_code(Code::Forbidden))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

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
            let refused = check(&headers).err().map(|refused| refused.status);
            assert_eq!(refused, (!expected).then_some(StatusCode::FORBIDDEN), "{sent:?}");
        }
    }
}
