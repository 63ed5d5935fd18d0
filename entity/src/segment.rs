//! The segment: a named group of customers.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::segment_definition::DefinitionId;

/// The id of a segment in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct SegmentId(pub i64);
/// One segment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segment")]
pub struct Model {
    /// Never used outside this database; segments are named by `key`.
    #[sea_orm(primary_key)]
    pub id: SegmentId,
    /// The short name by which imports and the API address the segment; unique.
    pub key: String,
    /// The name that pages and reports show.
    pub name: String,
    /// What the segment is about; `None` when it has no description.
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    /// The present definition; decisions keep the one by which they were logged.
    pub definition_id: DefinitionId,
    /// When the segment was first defined, in UTC.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
