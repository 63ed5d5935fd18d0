//! Cross-origin requests of browsers: the configured origins may call the API with a token of theirs. Cookies are never
//! among what they may send, so that a page of another origin acts for nobody who is signed in here.

use std::time::Duration;

use axum::http::header::{HeaderName, RETRY_AFTER};
use axum::http::{HeaderValue, Method};
use axum::routing::MethodRouter;
use tower_http::cors::{AllowHeaders, CorsLayer};

use super::state::ServerState;

/// For how long a browser need not ask again whether a request is allowed.
const MAX_AGE: Duration = Duration::from_mins(10);

/// What of a reply scripts may read beside its body.
const EXPOSED: [HeaderName; 2] = [RETRY_AFTER, HeaderName::from_static("x-request-id")];

/// The same methods for pages of these origins too; without any, nothing is changed.
pub fn allow(methods: MethodRouter<ServerState>, origins: &[HeaderValue]) -> MethodRouter<ServerState> {
    if origins.is_empty() { methods } else { methods.layer(layer(origins)) }
}

fn layer(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE)
}
