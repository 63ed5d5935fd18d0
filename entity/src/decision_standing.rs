//! What the latest review of a decision concluded, by edition: each row is valid from one edition of the reviews until
//! another.

use sea_orm::entity::prelude::*;

use crate::decision::DecisionId;
use crate::review_edition::EditionId;
use crate::verdict::Verdict;

/// The conclusion of one decision's latest review; a decision without a review has no row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_standing")]
pub struct Model {
    /// The decision that was reviewed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub decision_id: DecisionId,
    /// The first edition in which the row is valid.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: EditionId,
    /// The first edition in which the row is no longer valid; `None` while it is.
    pub valid_until: Option<EditionId>,
    /// The verdict of the latest review.
    pub verdict: Verdict,
    /// The estimated effect in NPS points; `None` when nothing could be estimated.
    pub effect: Option<f64>,
    /// True once the decision has its final review.
    pub closed: bool,
}

impl ActiveModelBehavior for ActiveModel {}
