//! The editions of the reviews: a run writes a new one when it changes the latest review of some decision.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// The id of an edition; counts up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct EditionId(pub i64);

/// One edition that can still be read; older ones are deleted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_edition")]
pub struct Model {
    /// A later edition has a greater one.
    #[sea_orm(primary_key)]
    pub id: EditionId,
    /// When it was written, in UTC; 0 for the first one, which the migration wrote.
    pub written_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
