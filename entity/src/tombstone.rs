//! Keyed hashes of erased ids, so that importing an old file does not bring a person back.

use sea_orm::entity::prelude::*;

/// One erased id.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tombstone")]
pub struct Model {
    /// The keyed hash of the kind of thing and its external id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
