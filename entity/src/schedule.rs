//! The schedule: up to which time each job's slots have been recorded.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::slot::Job;

/// How far the slots of one job have been recorded.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    /// The job that is scheduled.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: Job,
    /// The cron expression by which the slots were computed.
    pub expression: String,
    /// The time zone of the expression, an IANA name.
    pub zone: String,
    /// Every slot up to this time, in UTC, is recorded; later ones are not.
    pub accounted_until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
