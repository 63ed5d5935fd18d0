//! Documents that clients name instead of sending them: automatic persisted queries, and the trusted documents of a
//! manifest.
//!
//! The protocol is Apollo's: a request names the SHA-256 of its document in `extensions.persistedQuery`, and sends the text
//! along only when it is told that nobody knows it. What goes where in a request is left to [`crate::http`].

mod manifest;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use manifest::DocumentManifest;
pub use manifest::ManifestError;

use crate::lru_cache::{LruCache, Sha256Hash};

/// The bytes that automatic persisted queries may take, unless the configuration says otherwise.
pub const AUTOMATIC_BYTES: u64 = 16 << 20;

/// The documents that this process knows.
#[derive(Debug)]
pub struct DocumentStore {
    automatic: Option<Mutex<LruCache<Arc<str>>>>,
    manifest: Option<DocumentManifest>,
    only_manifest: bool,
}

/// Why a document is not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// There is neither a text nor a name of one.
    Missing,
    /// Nobody knows a document of this name: send its text along.
    NotFound,
    /// Names of documents mean nothing here: send the text only.
    NotSupported,
    /// The text has another hash than the one it was sent with.
    Mismatch,
    /// Only the documents of the manifest are executed, and this is none of them.
    NotTrusted,
}

/// The document of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedDocument {
    /// Its text.
    pub text: String,
    /// Under which hash to remember it once it turns out to be good.
    pub hash_to_store: Option<Sha256Hash>,
}

impl Default for DocumentStore {
    fn default() -> Self {
        Self::new(Some(AUTOMATIC_BYTES))
    }
}

impl DocumentStore {
    /// Documents without a manifest; automatic ones in so many bytes, `None` where there are none.
    pub fn new(automatic_bytes: Option<u64>) -> Self {
        let automatic = automatic_bytes.map(|bytes| Mutex::new(LruCache::new(bytes)));
        Self { automatic, manifest: None, only_manifest: false }
    }

    /// The same with the documents of a manifest, and with nothing else when that is asked for.
    pub fn with_manifest(self, path: &Path, only_manifest: bool) -> Result<Self, ManifestError> {
        Ok(Self { manifest: Some(DocumentManifest::read(path)?), only_manifest, ..self })
    }

    /// The document of a request that has a text, a name of one (an id of the manifest or a SHA-256), or both.
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

    /// Keeps a document that was executed, in the place of those that were not asked for the longest.
    pub fn store(&self, hash: Sha256Hash, text: &str) {
        if let Some(cache) = &self.automatic {
            cache.lock().unwrap_or_else(PoisonError::into_inner).put(hash, Arc::from(text), text.len());
        }
    }
}

/// A hash as 64 hexadecimal digits; `None` when the text is none.
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
