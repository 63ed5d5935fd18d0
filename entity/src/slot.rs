//! The slot: one scheduled time of one job, and its outcome.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// What is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Job {
    /// The full recompute: scores and reviews.
    #[sea_orm(string_value = "weekly")]
    Weekly,
    /// The refresh of the scores only.
    #[sea_orm(string_value = "daily")]
    Daily,
    /// The short report of every morning.
    #[sea_orm(string_value = "brief")]
    Brief,
    /// The weekly report.
    #[sea_orm(string_value = "report")]
    Report,
    /// The short report of every Friday.
    #[sea_orm(string_value = "friday")]
    Friday,
}

impl Job {
    /// Every job.
    pub const ALL: [Self; 5] = [Self::Weekly, Self::Daily, Self::Brief, Self::Report, Self::Friday];

    /// The job's name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Daily => "daily",
            Self::Brief => "brief",
            Self::Report => "report",
            Self::Friday => "friday",
        }
    }
}

/// The state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum SlotState {
    /// It waits to be claimed, for the first time or for another attempt.
    #[sea_orm(string_value = "due")]
    Due,
    /// A process has claimed it and works on it.
    #[sea_orm(string_value = "running")]
    Running,
    /// Its run has published, or its report was delivered.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Its last attempt failed.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// No process was running in time, and a later slot replaces it or it is too old.
    #[sea_orm(string_value = "missed")]
    Missed,
    /// Its run was cancelled on request.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

impl SlotState {
    /// The state's name in lower case, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One scheduled time of one job.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "slot")]
pub struct Model {
    /// The job that is scheduled.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: Job,
    /// The scheduled time, in UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: Timestamp,
    /// Whether it is open or how it ended.
    pub state: SlotState,
    /// True when it was missed and is caught up later.
    pub is_catch_up: bool,
    /// The earliest time at which it may be claimed, in UTC: a failed attempt is repeated later.
    pub not_before: Timestamp,
    /// The process that works on it, or did last; empty before the first claim.
    pub owner: String,
    /// Counts up with every claim: a publication under an older fence is refused.
    pub fence: i64,
    /// When the claim expires, in UTC, unless the owner renews it.
    pub held_until: Timestamp,
    /// The number of claims so far.
    pub attempts: i32,
    /// When it ended, in UTC; `None` while it is open.
    pub finished_at: Option<Timestamp>,
    /// Why the last attempt did not succeed, or why the slot was missed; `None` otherwise.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
