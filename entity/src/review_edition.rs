//! The editions of the reviews: a new one whenever a run changes what some decision's newest review says.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// The id of an edition; counts up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct EditionId(pub i64);

/// One edition that can still be read.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_edition")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: EditionId,
    /// When it was written; 0 for the one that the database began with.
    pub written_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
