//! The slot: one scheduled moment of one job, and what became of it.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// What is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Job {
    /// The full round: scores and reviews.
    #[sea_orm(string_value = "weekly")]
    Weekly,
    /// The refresh of the scores.
    #[sea_orm(string_value = "daily")]
    Daily,
    /// The short report of a morning.
    #[sea_orm(string_value = "brief")]
    Brief,
    /// The weekly report.
    #[sea_orm(string_value = "report")]
    Report,
    /// The short report of a Friday.
    #[sea_orm(string_value = "friday")]
    Friday,
}

impl Job {
    /// Every job.
    pub const ALL: [Self; 5] = [Self::Weekly, Self::Daily, Self::Brief, Self::Report, Self::Friday];

    /// The name, as the configuration spells it.
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

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum SlotState {
    /// Waits to be claimed, for the first time or again.
    #[sea_orm(string_value = "due")]
    Due,
    /// A process works on it.
    #[sea_orm(string_value = "running")]
    Running,
    /// Published.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Given up after its last attempt.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Nobody was there in time, and a later slot stands for it or it is too old.
    #[sea_orm(string_value = "missed")]
    Missed,
    /// Somebody cancelled its run.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

impl SlotState {
    /// The name, in lower case.
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

/// One scheduled moment of one job.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "slot")]
pub struct Model {
    /// What is scheduled.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: Job,
    /// The scheduled moment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: Timestamp,
    /// What became of it.
    pub state: SlotState,
    /// True when it was missed and is caught up.
    pub is_catch_up: bool,
    /// Not to be claimed before this moment: an attempt that failed is repeated later.
    pub not_before: Timestamp,
    /// Who works, or last worked, on it; empty while nobody did.
    pub owner: String,
    /// Counts up with every claim: a publication under an older one is refused.
    pub fence: i64,
    /// Until when its owner holds it, unless renewed.
    pub held_until: Timestamp,
    /// How often it was claimed.
    pub attempts: i32,
    /// When it was settled; `None` while it is open.
    pub finished_at: Option<Timestamp>,
    /// Why the last attempt did not succeed, or why the slot was missed.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
