//! Content negotiation: the media type of a reply, by the header `Accept`.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The media type of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the HTTP status shows whether the request was executed.
    GraphqlResponse,
    /// `application/json`: the legacy type, where every well-formed request gets the status 200.
    Json,
    /// `text/event-stream`: events as they happen. A request that is refused before it is executed gets a JSON reply.
    EventStream,
}

impl MediaType {
    /// The value of the header `Content-Type` of a single reply.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json | Self::EventStream => "application/json; charset=utf-8",
        }
    }

    /// The media type that the header `Accept` prefers; `None` when it accepts none of ours, or is absent.
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let values: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let ranges: Vec<AcceptRange> =
            values.iter().flat_map(|value| value.split(',')).filter_map(AcceptRange::parse).collect();
        let accepted = [Self::Json, Self::GraphqlResponse, Self::EventStream].into_iter().filter_map(|media_type| {
            // A more specific range takes precedence over a wildcard: RFC 9110, section 12.5.1.
            let (position, range) = ranges
                .iter()
                .enumerate()
                .filter(|(_, range)| range.covers(media_type))
                .min_by_key(|(_, range)| range.precision)?;
            (range.quality > 0).then_some((media_type, range.quality, range.precision, position))
        });
        // Of equal qualities the more specific range wins, then the one that comes first.
        let best = accepted.min_by_key(|(_, quality, precision, position)| (1_000 - quality, *precision, *position));
        best.map(|(media_type, ..)| media_type)
    }
}

/// One media range of the header.
#[derive(Clone, Copy)]
struct AcceptRange {
    /// The type that the range names; `None` for a wildcard.
    media_type: Option<MediaType>,
    precision: AcceptPrecision,
    /// The quality in thousandths, the precision that the header allows.
    quality: u16,
}

/// How specific a range is, the most specific first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum AcceptPrecision {
    Name,
    Group,
    Anything,
}

impl AcceptRange {
    /// Parses one range; `None` for a media type that is not served.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let (media_type, precision) = match name.as_str() {
            "application/graphql-response+json" => (Some(MediaType::GraphqlResponse), AcceptPrecision::Name),
            "application/json" => (Some(MediaType::Json), AcceptPrecision::Name),
            "text/event-stream" => (Some(MediaType::EventStream), AcceptPrecision::Name),
            "text/*" => (Some(MediaType::EventStream), AcceptPrecision::Group),
            "application/*" => (None, AcceptPrecision::Group),
            "*/*" => (None, AcceptPrecision::Anything),
            _ => return None,
        };
        let quality = parts.filter_map(|parameter| parameter.split_once('=')).find_map(|(name, value)| {
            name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()).unwrap_or_default())
        });
        Some(Self { media_type, precision, quality: quality.unwrap_or(1_000) })
    }

    fn covers(self, media_type: MediaType) -> bool {
        match self.media_type {
            Some(own) => own == media_type,
            None => self.precision == AcceptPrecision::Anything || media_type != MediaType::EventStream,
        }
    }
}

/// A quality from 0 to 1, like `0.5`, in thousandths; `None` when it is malformed.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction: u16 = format!("{fraction:0<3}").parse().ok().filter(|_| is_number)?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1_000),
        _ => None,
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
            ("", None),
            ("*/*;q=0", None),
            // A named type takes precedence over a wildcard, whatever the order.
            ("application/json;q=0, */*", Some(GraphqlResponse)),
            ("*/*, application/json;q=0", Some(GraphqlResponse)),
            ("application/graphql-response+json;q=0.2, */*;q=0.1", Some(GraphqlResponse)),
            ("application/*;q=0.3, application/graphql-response+json;q=0.2", Some(Json)),
            ("application/json;q=0.800, application/graphql-response+json;q=0.81", Some(GraphqlResponse)),
            ("APPLICATION/JSON ; Q = 0.1", Some(Json)),
            ("application/graphql-response+json, application/json", Some(GraphqlResponse)),
            ("application/json, application/graphql-response+json", Some(Json)),
            ("text/html;q=1, application/json;q=0.001", Some(Json)),
            ("application/json;q=NaN, application/graphql-response+json;q=2", None),
        ] {
            assert_eq!(negotiated(accept), expected, "{accept}");
        }
    }
}
