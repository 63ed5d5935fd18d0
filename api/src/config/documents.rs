//! `[documents]`: which documents clients may name instead of sending them, and whether they may send others.

use std::path::Path;

use super::section::{Conflict, Key, KeyName, Section};
use super::value::{Raw, quoted};
use crate::graphql::document::{self, AUTOMATIC_BYTES, ManifestError};

/// Which documents clients may name, and whether they may send others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    /// Whether a client may name a document by its SHA-256 once it was sent.
    pub automatic: bool,
    /// The memory for such documents, in bytes.
    pub automatic_bytes: u64,
    /// The manifest of trusted documents; empty where there is none.
    pub manifest: String,
    /// Whether nothing but the documents of the manifest is executed.
    pub only_manifest: bool,
}

impl Default for Documents {
    fn default() -> Self {
        Self { automatic: true, automatic_bytes: AUTOMATIC_BYTES, manifest: String::new(), only_manifest: false }
    }
}

impl Section for Documents {
    const KEYS: &'static [Key<Self>] = &[
        Key::new(
            "automatic",
            |documents, raw| raw.flag().map(|flag| documents.automatic = flag),
            |documents| documents.automatic.to_string(),
        ),
        Key::new(
            "automatic_bytes",
            |documents, raw| raw.whole(65_536..=1_073_741_824, "bytes").map(|bytes| documents.automatic_bytes = bytes),
            |documents| documents.automatic_bytes.to_string(),
        ),
        Key::new(
            "manifest",
            |documents, raw| path(raw).map(|path| documents.manifest = path),
            |documents| quoted(&documents.manifest),
        ),
        Key::new(
            "only_manifest",
            |documents, raw| raw.flag().map(|flag| documents.only_manifest = flag),
            |documents| documents.only_manifest.to_string(),
        ),
    ];

    fn validate(&self) -> Vec<Conflict> {
        if !self.only_manifest || !self.manifest.is_empty() {
            return Vec::new();
        }
        let key = |key| KeyName { section: "documents", key };
        let message = "expected a manifest where nothing else is executed, found none".to_owned();
        vec![Conflict { keys: vec![key("only_manifest"), key("manifest")], message }]
    }
}

impl Documents {
    /// The documents, with those of the manifest where there is one.
    pub fn open(&self) -> Result<document::Documents, ManifestError> {
        let documents = document::Documents::new(self.automatic.then_some(self.automatic_bytes));
        if self.manifest.is_empty() {
            return Ok(documents);
        }
        documents.with_manifest(Path::new(&self.manifest), self.only_manifest)
    }
}

fn path(raw: &Raw<'_>) -> Result<String, String> {
    raw.as_text().map(str::to_owned).ok_or_else(|| raw.wrong("the path of a file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_manifest_that_is_not_there_is_a_contradiction() {
        assert_eq!(Documents::default().validate(), []);
        assert_eq!(Documents { only_manifest: true, ..Documents::default() }.validate().len(), 1);
        let named = Documents { only_manifest: true, manifest: "m.json".to_owned(), ..Documents::default() };
        assert_eq!(named.validate(), []);
    }
}
