//! `[documents]`: persisted queries, which clients refer to by id, and whether clients may send other documents.

use std::path::Path;

use super::section::{ConfigConflict, ConfigSection, KeyName, SectionKey};
use super::value::{RawConfigValue, quoted};
use crate::graphql::document::{self, AUTOMATIC_BYTES, ManifestError};

/// Persisted queries, and whether clients may send other documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentsConfig {
    /// Whether clients may refer to a document by its SHA-256 after it was sent once (automatic persisted queries).
    pub automatic: bool,
    /// The memory for automatic persisted queries, in bytes.
    pub automatic_bytes: u64,
    /// The path of the manifest of trusted documents; empty without a manifest.
    pub manifest: String,
    /// Whether only the documents of the manifest are executed.
    pub only_manifest: bool,
}

impl Default for DocumentsConfig {
    fn default() -> Self {
        Self { automatic: true, automatic_bytes: AUTOMATIC_BYTES, manifest: String::new(), only_manifest: false }
    }
}

impl ConfigSection for DocumentsConfig {
    const KEYS: &'static [SectionKey<Self>] = &[
        SectionKey::new(
            "automatic",
            |documents, raw| raw.flag().map(|flag| documents.automatic = flag),
            |documents| documents.automatic.to_string(),
        ),
        SectionKey::new(
            "automatic_bytes",
            |documents, raw| {
                raw.whole_number(65_536..=1_073_741_824, "bytes").map(|bytes| documents.automatic_bytes = bytes)
            },
            |documents| documents.automatic_bytes.to_string(),
        ),
        SectionKey::new(
            "manifest",
            |documents, raw| path(raw).map(|path| documents.manifest = path),
            |documents| quoted(&documents.manifest),
        ),
        SectionKey::new(
            "only_manifest",
            |documents, raw| raw.flag().map(|flag| documents.only_manifest = flag),
            |documents| documents.only_manifest.to_string(),
        ),
    ];

    fn validate(&self) -> Vec<ConfigConflict> {
        if !self.only_manifest || !self.manifest.is_empty() {
            return Vec::new();
        }
        let key = |key| KeyName { section: "documents", key };
        let message = "expected a manifest because only_manifest is true, found none".to_owned();
        vec![ConfigConflict { keys: vec![key("only_manifest"), key("manifest")], message }]
    }
}

impl DocumentsConfig {
    /// Creates the document store, and loads the manifest if one is configured.
    pub fn open(&self) -> Result<document::DocumentStore, ManifestError> {
        let documents = document::DocumentStore::new(self.automatic.then_some(self.automatic_bytes));
        if self.manifest.is_empty() {
            return Ok(documents);
        }
        documents.with_manifest(Path::new(&self.manifest), self.only_manifest)
    }
}

fn path(raw: &RawConfigValue<'_>) -> Result<String, String> {
    raw.as_text().map(str::to_owned).ok_or_else(|| raw.mismatch("the path of a file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_manifest_without_a_manifest_is_a_conflict() {
        assert_eq!(DocumentsConfig::default().validate(), []);
        assert_eq!(DocumentsConfig { only_manifest: true, ..DocumentsConfig::default() }.validate().len(), 1);
        let named =
            DocumentsConfig { only_manifest: true, manifest: "m.json".to_owned(), ..DocumentsConfig::default() };
        assert_eq!(named.validate(), []);
    }
}
