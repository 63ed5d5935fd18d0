//! The declarations of the ONE primary customer; the newest is in force.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::segment::SegmentId;

/// One declaration.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "primary_declaration")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The segment that is the primary customer from then on.
    pub segment_id: SegmentId,
    /// Who declared it.
    pub declared_by: String,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When.
    pub declared_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
