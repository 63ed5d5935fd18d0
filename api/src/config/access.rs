//! `[access]`: access to the schema and GraphiQL, sessions, and the identity provider.

use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderValue, Uri};

use super::JwtConfig;
use super::section::{ConfigSection, SectionKey};
use super::value::quoted;

/// Access to the schema and GraphiQL, sessions, and the identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessConfig {
    /// Whether introspection and `/schema.graphql` are enabled.
    pub introspection: bool,
    /// Whether errors suggest the name that was probably meant.
    pub suggestions: bool,
    /// Whether the page `/graphiql` is served.
    pub graphiql: bool,
    /// The folder with the scripts of `/graphiql`.
    pub graphiql_folder: PathBuf,
    /// How long a session lasts, in hours.
    pub session_hours: u64,
    /// Whether browsers send session cookies over encrypted connections only.
    pub secure_cookies: SecureCookies,
    /// The origins whose pages may call the API from a browser, like `https://app.example.com`.
    pub cors_origins: Vec<HeaderValue>,
    /// The section `[access.jwt]`: the identity provider whose tokens are accepted.
    pub jwt: JwtConfig,
}

/// Whether browsers send session cookies over encrypted connections only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecureCookies {
    /// Only over encrypted connections, except on the machine itself (a loopback host).
    Auto,
    /// Only over encrypted connections.
    Always,
    /// Over any connection.
    Never,
}

impl SecureCookies {
    const WORDS: [(&'static str, Self); 3] = [("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];

    /// Whether cookies in the reply to a request with these headers get the attribute `Secure`.
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

/// What a list of origins is, for messages.
const ORIGINS: &str = "origins, like [\"https://app.example.com\"], without a path";

/// An origin as browsers send it: scheme, host and port in lower case, and no path. `None` for anything else.
fn origin(text: &str) -> Option<HeaderValue> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
    let written = format!("{scheme}://{}", uri.authority()?);
    // Browsers leave the default port out.
    let has_default_port = matches!((scheme, uri.port_u16()), ("http", Some(80)) | ("https", Some(443)));
    let is_bare = written == text && text == text.to_lowercase() && !text.contains('@') && !has_default_port;
    HeaderValue::from_str(text).ok().filter(|_| is_bare)
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
            cors_origins: Vec::new(),
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
        SectionKey::new(
            "cors_origins",
            |access, raw| {
                let origins = raw.texts(ORIGINS)?;
                let origin = |text: &String| origin(text).ok_or_else(|| raw.mismatch(ORIGINS));
                access.cors_origins = origins.iter().map(origin).collect::<Result<_, _>>()?;
                Ok(())
            },
            |access| {
                let texts = access.cors_origins.iter().filter_map(|origin| origin.to_str().ok());
                format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
            },
        ),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for text in ["https://app.example.com", "http://localhost:5173", "https://[::1]:8443"] {
            assert_eq!(origin(text).expect(text), text);
        }
        for text in [
            "*",
            "app.example.com",
            "https://app.example.com/",
            "https://App.example.com",
            "https://app.example.com:443",
            "https://ada@app.example.com",
            "ftp://app.example.com",
            "null",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }

    #[test]
    fn cookies_on_a_loopback_host_need_no_encryption() {
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
