//! The attributes of a customer or of a response: names and their values, all of them texts.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::derived_dimension::is_derived;

/// Attribute values by name, sorted by name so that equal sets have equal JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Attributes(pub BTreeMap<String, String>);

impl Attributes {
    /// The value of an attribute; `None` when the set does not have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// True when no attribute has a value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These attributes overridden by `newer`: where both have a name, the newer value wins; all other names stay.
    #[must_use]
    pub fn overlaid_by(&self, newer: &Self) -> Self {
        let mut merged = self.clone();
        merged.0.extend(newer.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        merged
    }

    /// These attributes without those that have a name in `others`.
    #[must_use]
    pub fn without_names_of(&self, others: &Self) -> Self {
        let own = self.0.iter().filter(|(name, _)| !others.0.contains_key(*name));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Those of these attributes that have one of these names.
    #[must_use]
    pub fn only(mut self, names: &BTreeSet<String>) -> Self {
        self.0.retain(|name, _| names.contains(name));
        self
    }

    /// These attributes without the internal ones of derived dimensions: what a person may see.
    #[must_use]
    pub fn visible(mut self) -> Self {
        self.0.retain(|name, _| !is_derived(name));
        self
    }

    /// The first sixteen bytes of the SHA-256 of the length-prefixed names and values: the identity of a profile.
    pub fn digest(&self) -> Vec<u8> {
        let mut hasher = Sha256::new();
        for (name, value) in &self.0 {
            for part in [name, value] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        hasher.finalize()[..16].to_vec()
    }

    /// These attributes as a JSON object of strings.
    pub fn to_json(&self) -> serde_json::Value {
        self.0.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str()))).collect()
    }
}

impl FromIterator<(String, String)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
