//! The run: one recompute, from its claim to its publication.

use sea_orm::entity::prelude::*;

use crate::slot::Job;
use crate::{Day, Timestamp};

/// The id of a run; counts up from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct RunId(pub i64);

impl RunId {
    /// Less than the id of every run.
    pub const BEFORE_ALL: Self = Self(0);
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunState {
    /// A process is working on it.
    #[sea_orm(string_value = "running")]
    Running,
    /// It has ended, and published its results if they were the newest.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// It ended with an error.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Its process vanished before the end.
    #[sea_orm(string_value = "abandoned")]
    Abandoned,
    /// Its cancellation was requested.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunTrigger {
    /// A slot of the schedule, on time.
    #[sea_orm(string_value = "schedule")]
    Schedule,
    /// A request, through the API or on the command line.
    #[sea_orm(string_value = "manual")]
    Manual,
    /// A slot of the schedule that was missed and is caught up.
    #[sea_orm(string_value = "catch_up")]
    CatchUp,
    /// A replay of past weeks.
    #[sea_orm(string_value = "replay")]
    Replay,
}

/// The stage of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunStage {
    /// Waiting for the publishing lease.
    #[sea_orm(string_value = "wait")]
    Wait,
    /// Reading the snapshot and counting stale weeks.
    #[sea_orm(string_value = "count")]
    Count,
    /// Scoring the segments.
    #[sea_orm(string_value = "score")]
    Score,
    /// Reviewing the decisions.
    #[sea_orm(string_value = "review")]
    Review,
    /// Publishing the results.
    #[sea_orm(string_value = "publish")]
    Publish,
}

/// One run.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "run")]
pub struct Model {
    /// Counts up with every run.
    #[sea_orm(primary_key)]
    pub id: RunId,
    /// What started it.
    pub trigger: RunTrigger,
    /// The job of the slot that it belongs to; `None` when no schedule started it.
    pub job: Option<Job>,
    /// The scheduled time of the slot that it belongs to, in UTC; `None` when no schedule started it.
    pub slot: Option<Timestamp>,
    /// The number of this attempt at its slot, from 1.
    pub attempt: i32,
    /// The idempotency key of the request that started it, unique; `None` when the request had none.
    pub idempotency_key: Option<String>,
    /// The day from which the run looks back.
    pub as_of: Day,
    /// True when everything is rebuilt from the raw responses.
    pub full: bool,
    /// False when the run refreshes the scores only and reviews no decision.
    pub reviews: bool,
    /// Whether it is running or how it ended.
    pub state: RunState,
    /// The present stage, or the last one when it has ended; `None` before its first progress report.
    pub stage: Option<RunStage>,
    /// The share of that stage that is done, 0 to 1; `None` when it is unknown.
    pub share_done: Option<f64>,
    /// True once somebody requested its cancellation.
    pub cancel_requested: bool,
    /// When it started, in UTC.
    pub started_at: Timestamp,
    /// When it ended, in UTC; `None` while it is running.
    pub finished_at: Option<Timestamp>,
    /// Until when its process is known to work on it, in UTC: renewed while it does. `None` for a run of an older version.
    pub alive_until: Option<Timestamp>,
    /// The fence of the lease under which it publishes; `None` until it acquires the publishing lease.
    pub fence: Option<i64>,
    /// The version it published; `None` when it published nothing, or only reviews of the past.
    pub version: Option<i64>,
    /// Scored responses on which its results are based.
    pub responses_seen: i64,
    /// Weeks counted again from the raw responses.
    pub weeks_counted: i32,
    /// Segments scored.
    pub segments_scored: i32,
    /// Decisions reviewed.
    pub decisions_reviewed: i32,
    /// How long counting took, in seconds; `None` until the run has succeeded, as for the other stages.
    pub count_seconds: Option<f64>,
    /// How long scoring took, in seconds.
    pub score_seconds: Option<f64>,
    /// How long reviewing took, in seconds.
    pub review_seconds: Option<f64>,
    /// How long publishing took up to its last statement, in seconds.
    pub publish_seconds: Option<f64>,
    /// Why it failed, in words for an operator; `None` when it did not.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
