//! Which attributes responses brought themselves: one row per distinct set of names. The other attributes of a
//! response are those of its customer.

use std::collections::BTreeSet;

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Attributes;

/// The id of a set of names in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct OwnAttributesId(pub i64);

/// Names of attributes, sorted so that equal sets have equal JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct AttributeNames(pub BTreeSet<String>);

impl AttributeNames {
    /// The names of these attributes.
    pub fn of(attributes: &Attributes) -> Self {
        Self(attributes.0.keys().cloned().collect())
    }

    /// True when these are the names of the attributes.
    pub fn are_of(&self, attributes: &Attributes) -> bool {
        self.0.iter().eq(attributes.0.keys())
    }

    /// The first sixteen bytes of the SHA-256 of the length-prefixed names: the identity of the set.
    pub fn digest(&self) -> Vec<u8> {
        let mut hasher = Sha256::new();
        for name in &self.0 {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        hasher.finalize()[..16].to_vec()
    }
}

/// One distinct set of names; never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "own_attributes")]
pub struct Model {
    /// Referred to by responses.
    #[sea_orm(primary_key)]
    pub id: OwnAttributesId,
    /// [`AttributeNames::digest`]; unique.
    pub digest: Vec<u8>,
    /// The names.
    #[sea_orm(column_type = "JsonBinary")]
    pub names: AttributeNames,
}

impl ActiveModelBehavior for ActiveModel {}
