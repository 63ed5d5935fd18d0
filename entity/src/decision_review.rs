//! The weekly review of a decision. Its weekly series is stored separately, in [`crate::review_series`].

use sea_orm::entity::prelude::*;

use crate::Day;
use crate::decision::DecisionId;
use crate::run::RunId;
use crate::verdict::{CaveatList, ExpectationOutcome, ReviewMethod, Verdict};

/// The id of a decision review in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ReviewId(pub i64);
/// One review: at most one per decision and week.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_review")]
pub struct Model {
    /// Stays the same when a later run reviews the same week again.
    #[sea_orm(primary_key)]
    pub id: ReviewId,
    /// The decision that is reviewed.
    pub decision_id: DecisionId,
    /// A Monday: only responses before it were used. Unique together with `decision_id`.
    pub as_of: Day,
    /// The run that computed it.
    pub run_id: RunId,
    /// True for the last review, after the end of the horizon.
    #[sea_orm(column_name = "final")]
    pub is_final: bool,
    /// The conclusion.
    pub verdict: Verdict,
    /// The estimated effect in NPS points; `None` when nothing could be estimated.
    pub effect: Option<f64>,
    /// How the effect was estimated; `None` when it was not.
    pub method: Option<ReviewMethod>,
    /// The low end of the effect's interval, in NPS points. The interval is valid over all weekly looks at once.
    pub interval_low: Option<f64>,
    /// The high end of the interval, in NPS points; `None` exactly when the low end is.
    pub interval_high: Option<f64>,
    /// The level of the interval, 0 to 1; `None` exactly when the low end is.
    pub interval_level: Option<f64>,
    /// The standard error of the effect, in NPS points; `None` when nothing could be estimated.
    pub standard_error: Option<f64>,
    /// The length in days of the windows before and since, which end and begin with the decision's first day; `None` in
    /// reviews of older versions, which counted all weeks before and since.
    pub compared_days: Option<i32>,
    /// Promoters of the target before the decision.
    pub before_promoters: i64,
    /// Passives of the target before the decision.
    pub before_passives: i64,
    /// Detractors of the target before the decision.
    pub before_detractors: i64,
    /// Promoters of the target since the decision took effect.
    pub after_promoters: i64,
    /// Passives of the target since the decision.
    pub after_passives: i64,
    /// Detractors of the target since the decision.
    pub after_detractors: i64,
    /// Promoters of the comparison, which are all other customers, before the decision; `None` without a comparison, as
    /// for the next five.
    pub comparison_before_promoters: Option<i64>,
    /// Passives of the comparison before the decision.
    pub comparison_before_passives: Option<i64>,
    /// Detractors of the comparison before the decision.
    pub comparison_before_detractors: Option<i64>,
    /// Promoters of the comparison since the decision.
    pub comparison_after_promoters: Option<i64>,
    /// Passives of the comparison since the decision.
    pub comparison_after_passives: Option<i64>,
    /// Detractors of the comparison since the decision.
    pub comparison_after_detractors: Option<i64>,
    /// How the effect compares with what the owner expected.
    pub expectation_outcome: ExpectationOutcome,
    /// The smallest effect that would be detected with 80 % power, in NPS points; `None` when nothing could be
    /// estimated.
    pub smallest_detectable_effect: Option<f64>,
    /// The day by which enough responses should have come for a verdict, at the present rate; `None` when none is expected
    /// by the final look, or it has been.
    pub decidable_by: Option<Day>,
    /// The limitations of the review, the most important first.
    #[sea_orm(column_type = "JsonBinary")]
    pub caveats: CaveatList,
}

impl ActiveModelBehavior for ActiveModel {}
