//! The derived dimension: a two-valued name in profiles that stands for one question about a name kept out of them.
//!
//! A profile has the value `true` under [`DerivedId::attribute`] where the question is answered with yes, and nothing
//! otherwise. No person ever sees such a name: attributes that come in cannot hold its first character.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Condition;

/// What the internal names begin with: a control character, which no name that comes in may hold.
const MARK: char = '\u{1f}';

/// The value of a derived dimension where its question is answered with yes.
pub const HOLDS: &str = "true";

/// The id of a derived dimension; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
pub struct DerivedDimensionId(pub i64);
/// One derived dimension.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "derived_dimension")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: DerivedDimensionId,
    /// The name that is kept out of profiles.
    pub name: String,
    /// The question, as [`Atom::to_text`] writes it.
    #[sea_orm(column_type = "Text")]
    pub predicate: String,
    /// [`Atom::digest`]; unique.
    pub digest: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

impl DerivedDimensionId {
    /// The attribute's internal name in profiles.
    pub fn attribute(self) -> String {
        format!("{MARK}{}", self.0)
    }
}

impl Model {
    /// The question; `None` for a text that is none.
    pub fn condition(&self) -> Option<Condition> {
        Condition::parse(&self.predicate)
    }
}

/// True for the internal name of a derived dimension.
pub fn is_derived(name: &str) -> bool {
    name.starts_with(MARK)
}
