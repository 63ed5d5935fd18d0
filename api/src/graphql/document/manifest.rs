//! The manifest of trusted documents, as build tools write it.
//!
//! Two formats are read: Apollo's `{"format": "apollo-persisted-query-manifest", "operations": [{"id": "...", "body":
//! "..."}]}`, and the plain `{"id": "text", ...}` of relay-compiler and graphql-codegen.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use async_graphql::parser::parse_query;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Sha256Hash;

/// The value of `format` in Apollo's format.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// The documents of a manifest.
#[derive(Debug)]
pub struct DocumentManifest {
    by_id: HashMap<String, String>,
    hashes: HashSet<Sha256Hash>,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read the manifest {}: {error}", path.display())]
    Unreadable {
        /// The path from the configuration.
        path: PathBuf,
        /// The error of the file system.
        error: std::io::Error,
    },
    /// It has neither of the two formats.
    #[error("{} is not a manifest: expected {{\"<id>\": \"<document>\"}} or Apollo's format: {error}", path.display())]
    Malformed {
        /// The path from the configuration.
        path: PathBuf,
        /// The error of the JSON parser.
        error: serde_json::Error,
    },
    /// A document is not valid GraphQL.
    #[error("the manifest {} has an invalid document under \"{id}\": {error}", path.display())]
    NoDocument {
        /// The path from the configuration.
        path: PathBuf,
        /// The id of the document in the manifest.
        id: String,
        /// The message of the GraphQL parser.
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
    /// Reads a manifest and checks that all of its documents can be parsed.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let unreadable = |error| ManifestError::Unreadable { path: path.to_owned(), error };
        let malformed = |error| ManifestError::Malformed { path: path.to_owned(), error };
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let by_id: HashMap<String, String> = match serde_json::from_slice(&bytes).map_err(malformed)? {
            ManifestFormat::Apollo { format, operations } if format == APOLLO => {
                operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
            ManifestFormat::Apollo { .. } => {
                return Err(malformed(serde::de::Error::custom("unknown format")));
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

    /// True when a document with this SHA-256 is in it.
    pub fn contains_hash(&self, hash: &Sha256Hash) -> bool {
        self.hashes.contains(hash)
    }
}
