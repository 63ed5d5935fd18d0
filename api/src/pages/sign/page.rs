//! The page to sign in on. What it sends is looked at by [`super`].

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri};

use crate::http::form::FormFields;
use crate::http::{ServerState, session};
use crate::pages::asset::PageAssets;
use crate::pages::problem::capitalised;
use crate::pages::reply;

#[derive(Template)]
#[template(path = "pages/sign_in.html", whitespace = "minimize")]
struct SignInPage {
    assets: PageAssets,
    next: String,
    error: Option<String>,
    is_open: bool,
    signed_in_as: Option<String>,
}

/// `GET /sign-in`: the form. A link may bring the token behind `#`, which no browser sends to a server: the script puts
/// it into the form.
pub async fn page(State(state): State<ServerState>, headers: HeaderMap, uri: Uri) -> Response<Body> {
    let fields = FormFields::read(uri.query().unwrap_or_default().as_bytes());
    let visitor = session::visitor(&state, &headers).await.ok().flatten();
    let next = own_path(fields.typed("next")).to_owned();
    let signed_in_as = visitor.map(|(viewer, _)| viewer.name);
    let is_open = state.anonymous.is_some();
    reply::html(StatusCode::OK, &SignInPage { assets: PageAssets, next, error: None, is_open, signed_in_as })
}

/// The form once more, with what was wrong.
pub fn form_with_error(status: StatusCode, message: &str, next: &str) -> Response<Body> {
    let error = Some(capitalised(message));
    let next = own_path(next).to_owned();
    reply::html(status, &SignInPage { assets: PageAssets, next, error, is_open: false, signed_in_as: None })
}

/// The address if it is one of this server, else the first page: nobody is sent elsewhere by a link.
pub fn own_path(address: &str) -> &str {
    let is_own = address.starts_with('/')
        && !address.starts_with("//")
        && !address.starts_with("/sign-")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_server() {
        for own in ["/", "/decision/a%20b?csv=weeks", "/slices?by=region&segment=x"] {
            assert_eq!(own_path(own), own);
        }
        for other in [
            "",
            "https://evil.example.org",
            "//evil.example.org",
            "/\\evil.example.org",
            "/a\nb",
            "decision",
            "/sign-out",
        ] {
            assert_eq!(own_path(other), "/", "{other:?}");
        }
    }
}
