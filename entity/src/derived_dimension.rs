//! The derived dimension: a Boolean attribute of profiles that stores whether a response matches one condition on a
//! high-cardinality attribute; see [`crate::profile_schema`].
//!
//! A profile has the value `true` under [`DerivedDimensionId::attribute`] where the condition matches, and no value
//! otherwise. People never see such a name: imported attributes cannot contain its first character.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Condition;

/// The first character of the internal names: a control character, which no imported name may contain.
const PREFIX: char = '\u{1f}';

/// The value of a derived dimension where its condition matches; elsewhere it has no value.
pub const HOLDS: &str = "true";

/// The id of a derived dimension; never used for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct DerivedDimensionId(pub i64);
/// One derived dimension.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "derived_dimension")]
pub struct Model {
    /// Part of the attribute's internal name in profiles.
    #[sea_orm(primary_key)]
    pub id: DerivedDimensionId,
    /// The high-cardinality attribute that the condition tests.
    pub name: String,
    /// The condition, as [`Condition::to_text`] writes it.
    #[sea_orm(column_type = "Text")]
    pub predicate: String,
    /// [`Condition::digest`]; unique.
    pub digest: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

impl DerivedDimensionId {
    /// The internal name of the attribute in profiles.
    pub fn attribute(self) -> String {
        format!("{PREFIX}{}", self.0)
    }
}

impl Model {
    /// The condition; `None` when the stored text is not one.
    pub fn condition(&self) -> Option<Condition> {
        Condition::parse(&self.predicate)
    }
}

/// True for the internal name of a derived dimension.
pub fn is_derived(name: &str) -> bool {
    name.starts_with(PREFIX)
}
