//! The profile: a mini-dimension, one row per distinct set of attributes at the moment of an answer.

use sea_orm::entity::prelude::*;

use crate::Attributes;

/// The id of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ProfileId(pub i64);
/// One distinct set of attributes, never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "profile")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: ProfileId,
    /// [`Attributes::digest`]; unique.
    pub digest: Vec<u8>,
    /// The attributes of the customer when answering, overlaid by the answer's own.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Attributes,
}

impl ActiveModelBehavior for ActiveModel {}
