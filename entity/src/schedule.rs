//! The schedule: up to which moment each job's slots have been written down.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::slot::Job;

/// One job's schedule.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    /// What is scheduled.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: Job,
    /// The cron expression by which the slots were found.
    pub expression: String,
    /// The time zone it is read in, an IANA name.
    pub zone: String,
    /// Every slot up to this moment is written down; later ones are not.
    pub accounted_until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
