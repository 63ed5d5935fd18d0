//! The decision: logged before it takes effect, with the impact on the score that its owner expects.

use sea_orm::entity::prelude::*;

use crate::segment::SegmentId;
use crate::segment_definition::DefinitionId;
use crate::{Calendar, Day, Timestamp};

/// The id of a decision in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct DecisionId(pub i64);
/// One decision.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// Never used outside this database; decisions are named by `external_id`.
    #[sea_orm(primary_key)]
    pub id: DecisionId,
    /// The decision's id in the company's own systems; unique.
    pub external_id: String,
    /// What was decided, in one line.
    pub title: String,
    /// Why it was decided; `None` when the owner gave no reason.
    #[sea_orm(column_type = "Text", nullable)]
    pub rationale: Option<String>,
    /// The name of the leader who owns the decision and its forecast.
    pub owner: String,
    /// When the decision was logged, in UTC, as its source states it.
    pub logged_at: Timestamp,
    /// When this database stored the decision, in UTC.
    pub recorded_at: Timestamp,
    /// The first day of its effect.
    pub takes_effect_on: Day,
    /// For how many weeks from that day its effect is observed.
    pub horizon_weeks: i32,
    /// The target segment; `None` when the decision targets every customer.
    pub segment_id: Option<SegmentId>,
    /// The target's definition when the decision was logged, by which all its reviews go; `None` for every customer.
    pub definition_id: Option<DefinitionId>,
    /// The expected impact in NPS points.
    pub expected_impact: f64,
    /// The low end of the expected range in NPS points; `None` when the owner stated no range.
    pub expected_low: Option<f64>,
    /// The high end of the expected range in NPS points; `None` when the owner stated no range.
    pub expected_high: Option<f64>,
    /// The probability, 0 to 1, with which the owner expects the impact to lie in the range.
    pub expected_level: f64,
    /// The first day on which the decision is no longer in effect, in the future while a reversal is planned; `None`
    /// without one.
    pub reversed_on: Option<Day>,
    /// Why it was reversed; `None` while it was not.
    #[sea_orm(column_type = "Text", nullable)]
    pub reversal_reason: Option<String>,
    /// When the reversal was stored, in UTC: reviews as of an earlier day ignore it. `None` while it was not reversed.
    pub reversal_recorded_at: Option<Timestamp>,
    /// True when it was reversed before it took effect, so that it never was in effect.
    pub cancelled: bool,
}

impl Model {
    /// The day from which the decision is reversed, as of a day; `None` without a reversal, and while one is planned.
    pub fn reversed_by(&self, today: Day) -> Option<Day> {
        self.reversed_on.filter(|on| self.cancelled || *on <= today)
    }

    /// The first day on which figures treat it as no longer in effect; `None` without a reversal. A reversal that names a
    /// day before the one on which it was recorded counts from the latter: the weeks in which everybody took the decision
    /// to be in effect stay so, and nobody can take them away afterwards.
    pub fn ends_on(&self, calendar: Calendar) -> Option<Day> {
        let on = self.reversed_on?;
        let recorded_on = self.reversal_recorded_at.map_or(on, |recorded| calendar.day_of(recorded));
        Some(if self.cancelled { self.takes_effect_on } else { on.max(recorded_on) })
    }
}

impl ActiveModelBehavior for ActiveModel {}
