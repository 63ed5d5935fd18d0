//! The document of a request: the text that it sends, or the one that it names.

use async_graphql::Request;
use axum::http::StatusCode;

use super::body::GraphqlBody;
use super::reply::HttpRefusal;
use crate::graphql::Api;
use crate::graphql::document::{DocumentError, ResolvedDocument};
use crate::graphql::error::ErrorCode;

/// A request with its document.
#[derive(Debug)]
pub struct ResolvedRequest {
    /// The request.
    pub request: Request,
    /// The document with its hash, when it is to be remembered once it was executed.
    pub to_remember: Option<([u8; 32], String)>,
}

impl ResolvedRequest {
    /// The request that a body holds, with the document that the body sends or names.
    pub fn of_body(api: &Api, body: GraphqlBody) -> Result<Self, HttpRefusal> {
        let GraphqlBody { mut request, document, document_id } = body;
        let found = api.settings().documents.find(document, document_id.as_deref());
        let ResolvedDocument { text, hash_to_store: to_remember } = found.map_err(refusal)?;
        let to_remember = to_remember.map(|hash| (hash, text.clone()));
        request.query = text;
        Ok(Self { request, to_remember })
    }
}

/// Clients of Apollo's protocol look for these texts and codes, and many of them only in a reply with status 200.
fn refusal(error: DocumentError) -> HttpRefusal {
    let (status, code, message) = match error {
        DocumentError::Missing => {
            (StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, "expected the text of a document in \"query\"")
        }
        DocumentError::NotFound => (StatusCode::OK, ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound"),
        DocumentError::NotSupported => {
            (StatusCode::OK, ErrorCode::PersistedQueryNotSupported, "PersistedQueryNotSupported")
        }
        DocumentError::Mismatch => (
            StatusCode::BAD_REQUEST,
            ErrorCode::BadUserInput,
            "the document does not have the SHA-256 that it was sent with",
        ),
        DocumentError::NotTrusted => {
            (StatusCode::FORBIDDEN, ErrorCode::Forbidden, "only the documents of the manifest are executed here")
        }
    };
    HttpRefusal::new(status, message).with_code(code)
}
