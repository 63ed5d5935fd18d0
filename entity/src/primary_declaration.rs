//! The declarations of the primary customer: the one segment that the company serves first. The newest is in force.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::segment::SegmentId;

/// One declaration; it is never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "primary_declaration")]
pub struct Model {
    /// Counts up; the greatest is that of the declaration in force.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The segment that is the primary customer from then on.
    pub segment_id: SegmentId,
    /// The name of the person who declared it.
    pub declared_by: String,
    /// The reason that was given.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When it was declared, in UTC.
    pub declared_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
