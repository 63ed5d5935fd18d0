//! The response: the fact table, one row per answer, narrow so that counting it is one index scan.

use sea_orm::entity::prelude::*;

use crate::customer::CustomerId;
use crate::profile::ProfileId;
use crate::{Day, Timestamp};

/// The id of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct ResponseId(pub i64);
/// One answer to the question.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "response")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: ResponseId,
    /// Where the answer came from; unique together with `external_id`.
    pub source: String,
    /// The answer's id at its source.
    pub external_id: String,
    /// Who answered; `None` when the source does not say or the person was erased.
    pub customer_id: Option<CustomerId>,
    /// Who the customer was when answering.
    pub profile_id: ProfileId,
    /// 0 to 10; `None` when the question was left open, which no denominator counts.
    pub score: Option<i16>,
    /// When it was answered.
    pub answered_at: Timestamp,
    /// The calendar day of `answered_at` in the reporting time zone.
    pub day: Day,
}

impl ActiveModelBehavior for ActiveModel {}
