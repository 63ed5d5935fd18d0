//! The decision: written down before it takes effect, with the impact its owner expects.

use sea_orm::entity::prelude::*;

use crate::segment::SegmentId;
use crate::segment_definition::DefinitionId;
use crate::{Day, Timestamp};

/// The id of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct DecisionId(pub i64);
/// One decision.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: DecisionId,
    /// The id by which the company knows the decision; unique.
    pub external_id: String,
    /// What was decided.
    pub title: String,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub rationale: Option<String>,
    /// Who owns it and its forecast.
    pub owner: String,
    /// When the decision was written down, as told.
    pub logged_at: Timestamp,
    /// When this database learned of it.
    pub recorded_at: Timestamp,
    /// The first day of its effect.
    pub takes_effect_on: Day,
    /// How many weeks its effect is observed.
    pub horizon_weeks: i32,
    /// The target segment; `None` for every customer.
    pub segment_id: Option<SegmentId>,
    /// The target's definition when the decision was logged, by which it is judged for life.
    pub definition_id: Option<DefinitionId>,
    /// The expected impact in NPS points.
    pub expected_impact: f64,
    /// The low end of the expected range.
    pub expected_low: Option<f64>,
    /// The high end of the expected range.
    pub expected_high: Option<f64>,
    /// How sure the owner is that the range holds the impact, 0 to 1.
    pub expected_level: f64,
    /// The first day on which the decision no longer held; `None` while it holds.
    pub reversed_on: Option<Day>,
    /// Why it was reversed.
    #[sea_orm(column_type = "Text", nullable)]
    pub reversal_reason: Option<String>,
    /// When the reversal was written down: reviews as of an earlier day do not know of it.
    pub reversal_recorded_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
