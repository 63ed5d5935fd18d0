//! What a decision's newest review said, valid from one edition of the reviews until another.

use sea_orm::entity::prelude::*;

use crate::decision::DecisionId;
use crate::review_edition::EditionId;
use crate::verdict::Verdict;

/// One decision's standing; a decision without a review has none.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_standing")]
pub struct Model {
    /// The decision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub decision_id: DecisionId,
    /// The first edition that has it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: EditionId,
    /// The first edition that no longer has it; `None` while it holds.
    pub valid_until: Option<EditionId>,
    /// What its newest review concludes.
    pub verdict: Verdict,
    /// The estimated effect in NPS points.
    pub effect: Option<f64>,
    /// True once the decision has its final review.
    pub closed: bool,
}

impl ActiveModelBehavior for ActiveModel {}
