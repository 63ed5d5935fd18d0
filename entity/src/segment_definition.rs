//! The definition of a segment: immutable, so that a decision is judged by the one of its day.

use sea_orm::entity::prelude::*;

use crate::{Filter, Timestamp};

/// The id of a segment definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct DefinitionId(pub i64);
/// One definition, never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_definition")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: DefinitionId,
    /// The segment it defines, by key.
    pub segment_key: String,
    /// Who belongs to it.
    #[sea_orm(column_type = "JsonBinary")]
    pub filter: Filter,
    /// When it was written.
    pub defined_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
