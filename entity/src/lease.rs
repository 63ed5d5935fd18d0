//! The lease: which process may publish, and until when. A process that vanishes holds it until it expires.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One lease. It stays stored after it has expired, so that its fence goes on counting.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lease")]
pub struct Model {
    /// What is leased, like `publish`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The process that holds it, or held it last.
    pub owner: String,
    /// Counts up with every new holder: a publication under an older fence is refused.
    pub fence: i64,
    /// When it expires, in UTC, unless the holder renews it.
    pub held_until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
