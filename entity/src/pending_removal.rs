//! The pending removal: an erasure whose data may still be in the files of the database, in no table any more.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// The id of a pending removal; a later erasure has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct PendingRemovalId(pub i64);

/// One erasure. It names nobody.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_removal")]
pub struct Model {
    /// Counts up with every erasure.
    #[sea_orm(primary_key)]
    pub id: PendingRemovalId,
    /// When the person was erased from the tables, in UTC.
    pub erased_at: Timestamp,
    /// From when on the files are rewritten, in UTC.
    pub due_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
