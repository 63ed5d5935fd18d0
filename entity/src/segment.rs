//! The segment: a named group of customers.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::segment_definition::DefinitionId;

/// The id of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct SegmentId(pub i64);
/// One segment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segment")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: SegmentId,
    /// The segment's key; unique.
    pub key: String,
    /// The name people read.
    pub name: String,
    /// What the segment is about.
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    /// Today's definition.
    pub definition_id: DefinitionId,
    /// When the segment was first defined.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
