//! `[access]`: what may be learned of the API itself, and how people come in.

use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::HeaderMap;
use axum::http::header::HOST;

use super::Jwt;
use super::section::{Key, Section};
use super::value::quoted;

/// What may be learned of the API itself, and how people come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Whether errors name what was probably meant.
    pub suggestions: bool,
    /// Whether the page to try the API on is served.
    pub graphiql: bool,
    /// The folder with that page's scripts.
    pub graphiql_folder: PathBuf,
    /// How long a person stays signed in, in hours.
    pub session_hours: u64,
    /// When cookies are for encrypted connections only.
    pub secure_cookies: SecureCookies,
    /// The identity provider whose tokens are accepted.
    pub jwt: Jwt,
}

/// When cookies are for encrypted connections only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecureCookies {
    /// Unless a person works on the machine itself.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl SecureCookies {
    const WORDS: [(&'static str, Self); 3] = [("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];

    /// Whether it holds for the answer to a request with these headers.
    pub fn holds_for(self, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let name = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(name, _)| name);
        let is_loopback = name == "localhost"
            || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        match self {
            Self::Auto => !is_loopback,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl Default for Access {
    fn default() -> Self {
        Self {
            introspection: true,
            suggestions: true,
            graphiql: true,
            graphiql_folder: PathBuf::from("graphiql"),
            session_hours: 12,
            secure_cookies: SecureCookies::Auto,
            jwt: Jwt::default(),
        }
    }
}

impl Section for Access {
    const KEYS: &'static [Key<Self>] = &[
        Key::new(
            "introspection",
            |access, raw| raw.flag().map(|flag| access.introspection = flag),
            |access| access.introspection.to_string(),
        ),
        Key::new(
            "suggestions",
            |access, raw| raw.flag().map(|flag| access.suggestions = flag),
            |access| access.suggestions.to_string(),
        ),
        Key::new(
            "graphiql",
            |access, raw| raw.flag().map(|flag| access.graphiql = flag),
            |access| access.graphiql.to_string(),
        ),
        Key::new(
            "graphiql_folder",
            |access, raw| raw.text("the name of a folder").map(|name| access.graphiql_folder = PathBuf::from(name)),
            |access| quoted(&access.graphiql_folder.to_string_lossy()),
        ),
        Key::new(
            "session_hours",
            |access, raw| raw.whole(1..=8_760, "hours").map(|hours| access.session_hours = hours),
            |access| access.session_hours.to_string(),
        ),
        Key::new(
            "secure_cookies",
            |access, raw| raw.word(&SecureCookies::WORDS).map(|when| access.secure_cookies = when),
            |access| {
                let word = SecureCookies::WORDS.iter().find(|(_, when)| *when == access.secure_cookies);
                quoted(word.map_or("auto", |(word, _)| *word))
            },
        ),
    ];
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn on_the_machine_itself_a_cookie_needs_no_encryption() {
        for (host, is_secure) in [
            ("localhost", false),
            ("localhost:8080", false),
            ("127.0.0.1:8080", false),
            ("[::1]", false),
            ("[::1]:8080", false),
            ("needle.example.org", true),
            ("localhost.example.org:80", true),
            ("10.0.0.1:8080", true),
            ("", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            assert_eq!(SecureCookies::Auto.holds_for(&headers), is_secure, "{host}");
            assert!(SecureCookies::Always.holds_for(&headers) && !SecureCookies::Never.holds_for(&headers));
        }
    }
}
