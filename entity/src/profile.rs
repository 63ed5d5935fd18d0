//! The profile: a mini-dimension of the star schema, one row per distinct set of attributes that responses have.

use sea_orm::entity::prelude::*;

use crate::Attributes;

/// The id of a profile in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ProfileId(pub i64);
/// One distinct set of attributes; never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "profile")]
pub struct Model {
    /// Referred to by responses and by the blocks of the tally.
    #[sea_orm(primary_key)]
    pub id: ProfileId,
    /// [`Attributes::digest`]; unique.
    pub digest: Vec<u8>,
    /// The customer's attributes at the time of the response, overridden by the response's own; without those of high
    /// cardinality, with derived dimensions.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Attributes,
}

impl ActiveModelBehavior for ActiveModel {}
