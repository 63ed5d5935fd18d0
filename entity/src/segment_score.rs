//! The score of a segment in one week, valid from one published version until another.

use sea_orm::entity::prelude::*;

use crate::Day;
use crate::run::RunId;
use crate::segment::SegmentId;
use crate::segment_definition::DefinitionId;

/// One segment's counts in one week and in the thirteen weeks that end with it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "segment_score")]
pub struct Model {
    /// The segment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub segment_id: SegmentId,
    /// The Monday of the week.
    #[sea_orm(primary_key, auto_increment = false)]
    pub week: Day,
    /// The first published version that has it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: i64,
    /// The first published version that no longer has it; `None` while it holds.
    pub valid_until: Option<i64>,
    /// The definition it was counted by.
    pub definition_id: DefinitionId,
    /// The run that counted it.
    pub run_id: RunId,
    /// Responses that promote.
    pub promoters: i64,
    /// Responses that are passive.
    pub passives: i64,
    /// Responses that detract.
    pub detractors: i64,
    /// Promoters in the trailing thirteen weeks.
    pub rolling_promoters: i64,
    /// Passives in the trailing thirteen weeks.
    pub rolling_passives: i64,
    /// Detractors in the trailing thirteen weeks.
    pub rolling_detractors: i64,
}

impl ActiveModelBehavior for ActiveModel {}
