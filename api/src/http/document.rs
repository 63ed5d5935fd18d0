//! The document of a request: the text that it contains, or the stored document that its id refers to.

use async_graphql::Request;
use axum::http::StatusCode;

use super::body::GraphqlBody;
use super::reply::HttpRefusal;
use crate::graphql::Api;
use crate::graphql::document::{DocumentError, ResolvedDocument};
use crate::graphql::error::ErrorCode;

/// A request whose document was resolved.
#[derive(Debug)]
pub struct ResolvedRequest {
    /// The request, with the text of its document.
    pub request: Request,
    /// The SHA-256 and text of a document to store after a successful execution (automatic persisted queries); `None`
    /// when there is nothing to store.
    pub to_remember: Option<([u8; 32], String)>,
}

impl ResolvedRequest {
    /// Resolves the document that a body contains or refers to by id.
    pub fn of_body(api: &Api, body: GraphqlBody) -> Result<Self, HttpRefusal> {
        let GraphqlBody { mut request, document, document_id } = body;
        let found = api.settings().documents.find(document, document_id.as_deref());
        let ResolvedDocument { text, hash_to_store: to_remember } = found.map_err(refusal)?;
        let to_remember = to_remember.map(|hash| (hash, text.clone()));
        request.query = text;
        Ok(Self { request, to_remember })
    }
}

/// Clients of Apollo's protocol recognise these messages and codes, many of them only in a reply with the status 200.
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
