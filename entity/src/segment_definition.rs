//! The definition of a segment: immutable, so that a decision is judged by the one that was in force when it was
//! logged.

use sea_orm::entity::prelude::*;

use crate::{Filter, Timestamp};

/// The id of a segment definition; a later definition has a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct DefinitionId(pub i64);
/// One definition, never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_definition")]
pub struct Model {
    /// Referred to by segments, decisions and scores.
    #[sea_orm(primary_key)]
    pub id: DefinitionId,
    /// The key of the segment that it defines.
    pub segment_key: String,
    /// The filter that the segment's customers match.
    #[sea_orm(column_type = "JsonBinary")]
    pub filter: Filter,
    /// When it was written, in UTC.
    pub defined_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
