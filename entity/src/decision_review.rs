//! The weekly review of a decision.

use sea_orm::entity::prelude::*;

use crate::Day;
use crate::decision::DecisionId;
use crate::run::RunId;

/// The id of a decision review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ReviewId(pub i64);
/// One review: at most one per decision and week.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_review")]
pub struct Model {
    /// The row's id; a later run of the same week keeps it.
    #[sea_orm(primary_key)]
    pub id: ReviewId,
    /// The decision.
    pub decision_id: DecisionId,
    /// A Monday: only answers before it were used. Unique together with `decision_id`.
    pub as_of: Day,
    /// The run that made it.
    pub run_id: RunId,
    /// True at the end of the horizon.
    #[sea_orm(column_name = "final")]
    pub is_final: bool,
    /// The verdict, by its GraphQL name.
    pub verdict: String,
    /// The estimated effect in NPS points.
    pub effect: Option<f64>,
    /// Everything else, as the job that wrote it shapes it.
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
}

impl ActiveModelBehavior for ActiveModel {}
