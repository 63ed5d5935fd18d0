//! Content negotiation: which of the two media types a client wants its answer in.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status says whether the request was executed.
    GraphqlResponse,
    /// `application/json`: the older one, where a well-formed request is always answered with 200.
    Json,
}

impl MediaType {
    /// The value of the header `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The media type that the header `Accept` prefers; `None` when it accepts neither. Without the header, or where
    /// it takes anything, the older one.
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        ranges.peek()?;
        let best = ranges.flat_map(|value| value.split(',')).filter_map(Range::parse).reduce(Range::better);
        best.map(|range| range.media_type)
    }
}

/// One range of the header that we can serve.
#[derive(Clone, Copy)]
struct Range {
    media_type: MediaType,
    quality: f32,
    /// An exact name is preferred to a wildcard of the same quality.
    exact: bool,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let quality = parts
            .find_map(|parameter| parameter.strip_prefix("q="))
            .map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
        let (media_type, exact) = match name.as_str() {
            "application/graphql-response+json" => (MediaType::GraphqlResponse, true),
            "application/json" => (MediaType::Json, true),
            "*/*" | "application/*" => (MediaType::Json, false),
            _ => return None,
        };
        (quality > 0.0).then_some(Self { media_type, quality, exact })
    }

    /// The better of two; the first wins a tie.
    fn better(self, next: Self) -> Self {
        if (self.quality, self.exact) >= (next.quality, next.exact) { self } else { next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiated(accept: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().expect("a header"));
        MediaType::negotiate(&headers)
    }

    #[test]
    fn the_preferred_media_type_wins_and_anything_means_json() {
        use MediaType::{GraphqlResponse, Json};
        for (accept, expected) in [
            ("application/json", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json, application/json;q=0.9", Some(GraphqlResponse)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Json)),
            ("application/graphql-response+json; charset=utf-8", Some(GraphqlResponse)),
            ("*/*", Some(Json)),
            ("*/*, application/graphql-response+json", Some(GraphqlResponse)),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(negotiated(accept), expected, "{accept}");
        }
    }
}
