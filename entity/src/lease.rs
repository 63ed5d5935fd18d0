//! The lease: which process may publish, until when.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One lease, by name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lease")]
pub struct Model {
    /// What is leased.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Who holds it.
    pub owner: String,
    /// Counts up with every new holder: a publication under an older one is refused.
    pub fence: i64,
    /// Until when, unless the holder renews it.
    pub held_until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
