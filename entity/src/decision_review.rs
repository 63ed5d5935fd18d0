//! The weekly review of a decision. Its weekly series is a row of [`crate::review_series`].

use sea_orm::entity::prelude::*;

use crate::Day;
use crate::decision::DecisionId;
use crate::run::RunId;
use crate::verdict::{CaveatList, ExpectationOutcome, ReviewMethod, Verdict};

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
    /// What it concludes.
    pub verdict: Verdict,
    /// The estimated effect in NPS points; `None` when nothing could be estimated.
    pub effect: Option<f64>,
    /// How the effect was estimated; `None` when it was not.
    pub method: Option<ReviewMethod>,
    /// The low end of the effect's interval, in NPS points. The interval holds over all weekly looks at once.
    pub interval_low: Option<f64>,
    /// Its high end; `None` exactly when the low end is.
    pub interval_high: Option<f64>,
    /// Its level, 0 to 1; `None` exactly when the low end is.
    pub interval_level: Option<f64>,
    /// The standard error of the effect, in NPS points.
    pub standard_error: Option<f64>,
    /// The target's promoters before the decision.
    pub before_promoters: i64,
    /// Its passives before the decision.
    pub before_passives: i64,
    /// Its detractors before the decision.
    pub before_detractors: i64,
    /// The target's promoters since the decision.
    pub after_promoters: i64,
    /// Its passives since the decision.
    pub after_passives: i64,
    /// Its detractors since the decision.
    pub after_detractors: i64,
    /// Everyone else's promoters before the decision; `None` without a comparison, as for the next five.
    pub comparison_before_promoters: Option<i64>,
    /// Everyone else's passives before the decision.
    pub comparison_before_passives: Option<i64>,
    /// Everyone else's detractors before the decision.
    pub comparison_before_detractors: Option<i64>,
    /// Everyone else's promoters since the decision.
    pub comparison_after_promoters: Option<i64>,
    /// Everyone else's passives since the decision.
    pub comparison_after_passives: Option<i64>,
    /// Everyone else's detractors since the decision.
    pub comparison_after_detractors: Option<i64>,
    /// How what the owner expected came true.
    pub expectation_outcome: ExpectationOutcome,
    /// The smallest effect that could have been seen with 80 % power, in NPS points.
    pub smallest_detectable_effect: Option<f64>,
    /// When more data should settle it, at the present rate of responses.
    pub decidable_by: Option<Day>,
    /// What to bear in mind.
    #[sea_orm(column_type = "JsonBinary")]
    pub caveats: CaveatList,
}

impl ActiveModelBehavior for ActiveModel {}
