//! Documents that clients name by an id instead of sending them: automatic persisted queries, and the trusted documents
//! of a manifest.
//!
//! The protocol is Apollo's: a request names the SHA-256 of its document in `extensions.persistedQuery`, and sends the
//! text only after the error `PERSISTED_QUERY_NOT_FOUND`. [`crate::http`] reads both from a request.

mod manifest;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use manifest::DocumentManifest;
pub use manifest::ManifestError;

use crate::lru_cache::{LruCache, Sha256Hash};

/// The default memory for automatic persisted queries, in bytes.
pub const AUTOMATIC_BYTES: u64 = 16 << 20;

/// The documents that clients of this process may name.
#[derive(Debug)]
pub struct DocumentStore {
    automatic: Option<Mutex<LruCache<Arc<str>>>>,
    manifest: Option<DocumentManifest>,
    only_manifest: bool,
}

/// Why a document is not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// The request has neither a text nor an id.
    Missing,
    /// No document is stored under this id: the client must send its text.
    NotFound,
    /// Ids of documents are not supported here: the client must send the text only.
    NotSupported,
    /// The hash of the text differs from the one that was sent with it.
    Mismatch,
    /// Only the documents of the manifest are executed, and this is not one of them.
    NotTrusted,
}

/// The document of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedDocument {
    /// The text of the document.
    pub text: String,
    /// The hash to store it under after it was executed; `None` when it is not stored.
    pub hash_to_store: Option<Sha256Hash>,
}

impl Default for DocumentStore {
    fn default() -> Self {
        Self::new(Some(AUTOMATIC_BYTES))
    }
}

impl DocumentStore {
    /// A store without a manifest. Automatic persisted queries take at most `automatic_bytes`; `None` disables them.
    pub fn new(automatic_bytes: Option<u64>) -> Self {
        let automatic = automatic_bytes.map(|bytes| Mutex::new(LruCache::new(bytes)));
        Self { automatic, manifest: None, only_manifest: false }
    }

    /// The same with the documents of a manifest. With `only_manifest` no other document is executed.
    pub fn with_manifest(self, path: &Path, only_manifest: bool) -> Result<Self, ManifestError> {
        Ok(Self { manifest: Some(DocumentManifest::read(path)?), only_manifest, ..self })
    }

    /// The document of a request that has a text, an id (one of the manifest or a SHA-256), or both.
    pub fn find(&self, text: Option<String>, id: Option<&str>) -> Result<ResolvedDocument, DocumentError> {
        let resolved = |text: &str| ResolvedDocument { text: text.to_owned(), hash_to_store: None };
        let Some(text) = text else {
            let id = id.ok_or(DocumentError::Missing)?;
            if let Some(text) = self.manifest.as_ref().and_then(|manifest| manifest.get(id)) {
                return Ok(resolved(text));
            }
            return match &self.automatic {
                Some(cache) if !self.only_manifest => {
                    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
                    let text = hash_of_text(id).and_then(|hash| cache.get(&hash));
                    text.map(|text| resolved(&text)).ok_or(DocumentError::NotFound)
                }
                _ if self.manifest.is_some() => Err(DocumentError::NotFound),
                _ => Err(DocumentError::NotSupported),
            };
        };
        let hash: Sha256Hash = Sha256::digest(text.as_bytes()).into();
        if self.only_manifest && !self.manifest.as_ref().is_some_and(|manifest| manifest.contains_hash(&hash)) {
            return Err(DocumentError::NotTrusted);
        }
        match id {
            Some(id) if self.automatic.is_some() && !self.only_manifest => {
                if hash_of_text(id) != Some(hash) {
                    return Err(DocumentError::Mismatch);
                }
                Ok(ResolvedDocument { text, hash_to_store: Some(hash) })
            }
            _ => Ok(ResolvedDocument { text, hash_to_store: None }),
        }
    }

    /// Stores a document that was executed, replacing the least recently used ones when the memory is full.
    pub fn store(&self, hash: Sha256Hash, text: &str) {
        if let Some(cache) = &self.automatic {
            cache.lock().unwrap_or_else(PoisonError::into_inner).put(hash, Arc::from(text), text.len());
        }
    }
}

/// The hash in a text of 64 hexadecimal digits; `None` for any other text.
fn hash_of_text(text: &str) -> Option<Sha256Hash> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut hash = Sha256Hash::default();
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(hash)
}
