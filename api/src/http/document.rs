//! The document of a request: the text that it sends, or the one that it names.

use async_graphql::Request;
use axum::http::StatusCode;

use super::body::Asked;
use super::reply::Refused;
use crate::graphql::Api;
use crate::graphql::document::{DocumentError, Found};
use crate::graphql::error::Code;

/// A request with its document.
#[derive(Debug)]
pub struct WithDocument {
    /// The request.
    pub request: Request,
    /// The document with its hash, when it is to be remembered once it was executed.
    pub to_remember: Option<([u8; 32], String)>,
}

/// Puts the document into a request.
pub fn find(api: &Api, asked: Asked) -> Result<WithDocument, Refused> {
    let Asked { mut request, document, document_id } = asked;
    let found = api.settings().documents.find(document, document_id.as_deref());
    let Found { text, to_remember } = found.map_err(refused)?;
    let to_remember = to_remember.map(|hash| (hash, text.clone()));
    request.query = text;
    Ok(WithDocument { request, to_remember })
}

/// Clients of Apollo's protocol look for these texts and codes, and many of them only in an answer with status 200.
fn refused(error: DocumentError) -> Refused {
    let (status, code, message) = match error {
        DocumentError::Missing => {
            (StatusCode::BAD_REQUEST, Code::BadUserInput, "expected the text of a document in \"query\"")
        }
        DocumentError::NotFound => (StatusCode::OK, Code::PersistedQueryNotFound, "PersistedQueryNotFound"),
        DocumentError::NotSupported => (StatusCode::OK, Code::PersistedQueryNotSupported, "PersistedQueryNotSupported"),
        DocumentError::Mismatch => (
            StatusCode::BAD_REQUEST,
            Code::BadUserInput,
            "the document does not have the SHA-256 that it was sent with",
        ),
        DocumentError::NotTrusted => {
            (StatusCode::FORBIDDEN, Code::Forbidden, "only the documents of the manifest are executed here")
        }
    };
    Refused::new(status, message).with_code(code)
}
