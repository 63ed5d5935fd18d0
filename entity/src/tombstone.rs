//! Keyed hashes of erased ids, so that importing an old file does not bring a person back.

use sea_orm::entity::prelude::*;

/// The hash of one erased customer's or response's id.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tombstone")]
pub struct Model {
    /// The keyed hash of the kind (customer or response) and the external id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
