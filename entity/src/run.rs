//! The run: one recompute, from its claim to its publication.

use sea_orm::entity::prelude::*;

use crate::slot::Job;
use crate::{Day, Timestamp};

/// The id of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct RunId(pub i64);

impl RunId {
    /// Less than the id of every run: ids count from 1.
    pub const BEFORE_ALL: Self = Self(0);
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunState {
    /// At work.
    #[sea_orm(string_value = "running")]
    Running,
    /// Done, and published where it was the newest.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Ended by an error.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Its process went away before the end.
    #[sea_orm(string_value = "abandoned")]
    Abandoned,
    /// Somebody asked it to stop.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunTrigger {
    /// The clock.
    #[sea_orm(string_value = "schedule")]
    Schedule,
    /// A person.
    #[sea_orm(string_value = "manual")]
    Manual,
    /// A slot that was missed.
    #[sea_orm(string_value = "catch_up")]
    CatchUp,
    /// A replay of the past.
    #[sea_orm(string_value = "replay")]
    Replay,
}

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum RunStage {
    /// Waits until no other run publishes.
    #[sea_orm(string_value = "wait")]
    Wait,
    /// Reads the snapshot and counts stale weeks.
    #[sea_orm(string_value = "count")]
    Count,
    /// Scores the segments.
    #[sea_orm(string_value = "score")]
    Score,
    /// Reviews the decisions.
    #[sea_orm(string_value = "review")]
    Review,
    /// Publishes.
    #[sea_orm(string_value = "publish")]
    Publish,
}

/// One run.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "run")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key)]
    pub id: RunId,
    /// What started it.
    pub trigger: RunTrigger,
    /// The job whose slot it answers for; `None` when no schedule started it.
    pub job: Option<Job>,
    /// The scheduled moment it answers for; `None` when no schedule started it.
    pub slot: Option<Timestamp>,
    /// Which attempt at its slot it is, from 1.
    pub attempt: i32,
    /// The idempotency key of the request that started it; unique.
    pub idempotency_key: Option<String>,
    /// The day from which the run looks back.
    pub as_of: Day,
    /// True when everything was rebuilt from the raw responses.
    pub full: bool,
    /// False when only the scores are refreshed and no decision is reviewed.
    pub reviews: bool,
    /// Where it stands.
    pub state: RunState,
    /// What it is at, or was at when it ended; `None` before it told.
    pub stage: Option<RunStage>,
    /// How much of that stage is done, from 0 to 1.
    pub share_done: Option<f64>,
    /// True when somebody asked it to stop.
    pub cancel_requested: bool,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The fence under which it publishes; `None` while it waits for its turn.
    pub fence: Option<i64>,
    /// The version it published; `None` when it published nothing, or only reviews of the past.
    pub version: Option<i64>,
    /// Scored responses its figures rest on.
    pub responses_seen: i64,
    /// Weeks counted again from the raw responses.
    pub weeks_counted: i32,
    /// Segments scored.
    pub segments_scored: i32,
    /// Decisions reviewed.
    pub decisions_reviewed: i32,
    /// How long counting took, in seconds; `None` until the run succeeded, as for the other stages.
    pub count_seconds: Option<f64>,
    /// How long scoring took, in seconds.
    pub score_seconds: Option<f64>,
    /// How long reviewing took, in seconds.
    pub review_seconds: Option<f64>,
    /// How long publishing took up to its last statement, in seconds.
    pub publish_seconds: Option<f64>,
    /// Why it failed, in words for an operator.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
