//! The fields of a query string or of a form, in the order in which they were sent.

use std::fmt::Write as _;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use form_urlencoded::{Serializer, parse};

/// The media type of a submitted form.
pub const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The content type of a request in lower case, without its parameters; empty when it has none.
pub fn content_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Names and values in the order in which they were sent; a name may occur more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// Parses `a=b&c=d`; bytes that are not UTF-8 become the replacement character.
    pub fn read(bytes: &[u8]) -> Self {
        Self(parse(bytes).into_owned().collect())
    }

    /// All fields as pairs of name and value.
    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// True when the field was sent, even when it is empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// The first value of a field as it was typed; empty when the field was not sent.
    pub fn typed(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// The first value of a field without surrounding whitespace; `None` when nothing is left.
    pub fn get(&self, name: &str) -> Option<&str> {
        Some(self.typed(name).trim()).filter(|value| !value.is_empty())
    }

    /// The same fields with `value` as the only value of `name`.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut fields = self.without(name);
        fields.0.push((name.to_owned(), value.to_owned()));
        fields
    }

    /// The same fields without `name`.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(own, _)| own != name).cloned().collect())
    }

    /// The path with these fields as its query string; empty fields are left out.
    pub fn address(&self, path: &str) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.0.iter().filter(|(_, value)| !value.trim().is_empty()));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// Percent-encodes one segment of a path.
pub fn path_part(text: &str) -> String {
    let mut part = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            part.push(char::from(byte));
        } else {
            let _ = write!(part, "%{byte:02X}");
        }
    }
    // The segments `.` and `..` would navigate within the path.
    if part.chars().all(|letter| letter == '.') { part.replace('.', "%2E") } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_survives_parsing_and_writing() {
        let fields = FormFields::read("owner=Ines+Okafor&segment=a%26b&until=&owner=other".as_bytes());
        assert_eq!((fields.get("owner"), fields.get("until"), fields.get("x")), (Some("Ines Okafor"), None, None));
        assert_eq!(fields.without("owner").address("/"), "/?segment=a%26b");
        assert_eq!(fields.with("segment", "<é>").address("/"), "/?owner=Ines+Okafor&owner=other&segment=%3C%C3%A9%3E");
        assert_eq!(FormFields::default().address("/log"), "/log");
        assert_eq!(path_part("a/b?c d\"é"), "a%2Fb%3Fc%20d%22%C3%A9");
        assert_eq!(path_part(".."), "%2E%2E");
    }
}
