//! The page with the form to sign in. [`super`] handles what it sends.

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

/// `GET /sign-in`: the form. A link may carry the token in the fragment of the URL, which browsers do not send to a
/// server: the script puts it into the form.
pub async fn page(State(state): State<ServerState>, headers: HeaderMap, uri: Uri) -> Response<Body> {
    let fields = FormFields::read(uri.query().unwrap_or_default().as_bytes());
    let visitor = session::visitor(&state, &headers).await.ok().flatten();
    let next = own_path(fields.typed("next")).to_owned();
    let signed_in_as = visitor.map(|(viewer, _)| viewer.name);
    let is_open = state.anonymous.is_some();
    reply::html(StatusCode::OK, &SignInPage { assets: PageAssets, next, error: None, is_open, signed_in_as })
}

/// The form again, with the error.
pub fn form_with_error(status: StatusCode, message: &str, next: &str) -> Response<Body> {
    let error = Some(capitalised(message));
    let next = own_path(next).to_owned();
    reply::html(status, &SignInPage { assets: PageAssets, next, error, is_open: false, signed_in_as: None })
}

/// The address if it is a page of this server, else the scoreboard: a link must not redirect to another site.
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
    fn only_addresses_of_this_server_are_redirected_to() {
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
