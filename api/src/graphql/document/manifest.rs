//! The manifest of trusted documents, as build tools write it.
//!
//! Two shapes are read: Apollo's `{"format": "apollo-persisted-query-manifest", "operations": [{"id": "...", "body": "..."}]}`,
//! and the plain `{"id": "text", ...}` of relay-compiler and graphql-codegen.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use async_graphql::parser::parse_query;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Sha256Hash;

/// What the `format` of Apollo's shape says.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// The documents of a manifest.
#[derive(Debug)]
pub struct DocumentManifest {
    by_id: HashMap<String, String>,
    hashes: HashSet<Sha256Hash>,
}

/// Why a manifest is not used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read the manifest {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is not of a shape that is known.
    #[error("the manifest {} is none: expected {{\"<id>\": \"<document>\"}} or Apollo's format: {error}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        error: serde_json::Error,
    },
    /// A document is no GraphQL.
    #[error("the manifest {} holds no document under \"{id}\": {error}", path.display())]
    NoDocument {
        /// The file.
        path: PathBuf,
        /// The document's id.
        id: String,
        /// Why.
        error: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ManifestFormat {
    Apollo { format: String, operations: Vec<ManifestOperation> },
    Plain(HashMap<String, String>),
}

#[derive(Deserialize)]
struct ManifestOperation {
    id: String,
    body: String,
}

impl DocumentManifest {
    /// Reads a manifest, and sees to it that all of its documents can be parsed.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let unreadable = |error| ManifestError::Unreadable { path: path.to_owned(), error };
        let malformed = |error| ManifestError::Malformed { path: path.to_owned(), error };
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let by_id: HashMap<String, String> = match serde_json::from_slice(&bytes).map_err(malformed)? {
            ManifestFormat::Apollo { format, operations } if format == APOLLO => {
                operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
            ManifestFormat::Apollo { .. } => {
                return Err(malformed(serde::de::Error::custom("the format is unknown")));
            }
            ManifestFormat::Plain(documents) => documents,
        };
        for (id, text) in &by_id {
            parse_query(text).map_err(|error| ManifestError::NoDocument {
                path: path.to_owned(),
                id: id.clone(),
                error: error.to_string(),
            })?;
        }
        let hashes = by_id.values().map(|text| Sha256::digest(text.as_bytes()).into()).collect();
        Ok(Self { by_id, hashes })
    }

    /// A document by its id; `None` when there is none.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(String::as_str)
    }

    /// Whether a document of this hash is in it.
    pub fn contains_hash(&self, hash: &Sha256Hash) -> bool {
        self.hashes.contains(hash)
    }
}
