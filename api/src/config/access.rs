//! `[access]`: what may be learned of the API itself, and how people come in.

use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::HeaderMap;
use axum::http::header::HOST;

use super::JwtConfig;
use super::section::{ConfigSection, SectionKey};
use super::value::quoted;

/// What may be learned of the API itself, and how people come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessConfig {
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
    pub jwt: JwtConfig,
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
    pub fn applies_to(self, headers: &HeaderMap) -> bool {
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

impl Default for AccessConfig {
    fn default() -> Self {
        Self {
            introspection: true,
            suggestions: true,
            graphiql: true,
            graphiql_folder: PathBuf::from("graphiql"),
            session_hours: 12,
            secure_cookies: SecureCookies::Auto,
            jwt: JwtConfig::default(),
        }
    }
}

impl ConfigSection for AccessConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "introspection",
            |access, raw| raw.flag().map(|flag| access.introspection = flag),
            |access| access.introspection.to_string(),
        ),
        SectionKey::new(
            "suggestions",
            |access, raw| raw.flag().map(|flag| access.suggestions = flag),
            |access| access.suggestions.to_string(),
        ),
        SectionKey::new(
            "graphiql",
            |access, raw| raw.flag().map(|flag| access.graphiql = flag),
            |access| access.graphiql.to_string(),
        ),
        SectionKey::new(
            "graphiql_folder",
            |access, raw| raw.text("the name of a folder").map(|name| access.graphiql_folder = PathBuf::from(name)),
            |access| quoted(&access.graphiql_folder.to_string_lossy()),
        ),
        SectionKey::new(
            "session_hours",
            |access, raw| raw.whole_number(1..=8_760, "hours").map(|hours| access.session_hours = hours),
            |access| access.session_hours.to_string(),
        ),
        SectionKey::new(
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
            assert_eq!(SecureCookies::Auto.applies_to(&headers), is_secure, "{host}");
            assert!(SecureCookies::Always.applies_to(&headers) && !SecureCookies::Never.applies_to(&headers));
        }
    }
}
