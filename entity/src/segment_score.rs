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
    /// The segment that was scored.
    #[sea_orm(primary_key, auto_increment = false)]
    pub segment_id: SegmentId,
    /// The Monday with which the week begins.
    #[sea_orm(primary_key, auto_increment = false)]
    pub week: Day,
    /// The first published version in which the row is valid.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: i64,
    /// The first published version in which the row is no longer valid; `None` while it is.
    pub valid_until: Option<i64>,
    /// The definition of the segment by which it was counted.
    pub definition_id: DefinitionId,
    /// The run that counted it.
    pub run_id: RunId,
    /// Responses of promoters in the week.
    pub promoters: i64,
    /// Responses of passives in the week.
    pub passives: i64,
    /// Responses of detractors in the week.
    pub detractors: i64,
    /// Responses of promoters in the thirteen weeks that end with this one.
    pub rolling_promoters: i64,
    /// Responses of passives in the thirteen weeks that end with this one.
    pub rolling_passives: i64,
    /// Responses of detractors in the thirteen weeks that end with this one.
    pub rolling_detractors: i64,
}

impl ActiveModelBehavior for ActiveModel {}
