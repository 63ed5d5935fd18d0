//! The style sheet, the script and the icon of the pages, served from the binary.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response};
use axum::response::IntoResponse as _;
use sha2::{Digest as _, Sha256};

use super::problem::PageProblem;

/// The name of each asset, its media type and its content.
const FILES: [(&str, &str, &str); 3] = [
    ("needle.css", "text/css; charset=utf-8", include_str!("asset/needle.css")),
    ("needle.js", "text/javascript; charset=utf-8", include_str!("asset/needle.js")),
    ("needle.svg", "image/svg+xml", include_str!("asset/needle.svg")),
];

/// A digest of all assets. It is part of their URLs, so that browsers may keep them for a year.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = FILES.iter().fold(Sha256::new(), |digest, (.., content)| digest.chain_update(content)).finalize();
    digest.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
});

/// The assets as templates refer to them.
#[derive(Clone, Copy, Debug)]
pub struct PageAssets;

impl PageAssets {
    /// The value of `v` in the URL of an asset, which changes with its content.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    pub fn version(self) -> &'static str {
        &VERSION
    }
}

/// `GET /assets/...`.
pub async fn file(Path(name): Path<String>) -> Response<Body> {
    let Some((_, content_type, content)) = FILES.iter().find(|(own, ..)| *own == name) else {
        return PageProblem::not_found("The pages have no such file.").into_response();
    };
    let mut reply = Response::new(Body::from(*content));
    for (name, value) in [
        (CONTENT_TYPE, *content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        reply.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    reply
}
