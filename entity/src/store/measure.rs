//! Statements behind the metrics: cheap enough to be executed every few seconds.

use sea_orm::ConnectionTrait;

use super::StoreError;
use super::lookup::rows;
use crate::Timestamp;

/// The number of runs with one trigger and one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCount {
    /// What started the runs, by its stored name.
    pub trigger: String,
    /// The state of the runs, by its stored name.
    pub state: String,
    /// The number of runs.
    pub runs: i64,
}

/// How long the stages of one run took, in seconds; `None` where it was not recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageSeconds {
    /// Counting stale weeks.
    pub count: Option<f64>,
    /// Scoring segments.
    pub score: Option<f64>,
    /// Reviewing decisions.
    pub review: Option<f64>,
    /// Publishing.
    pub publish: Option<f64>,
}

/// The runs by trigger and state; combinations that never occurred are absent.
pub async fn runs<C: ConnectionTrait>(connection: &C) -> Result<Vec<RunCount>, StoreError> {
    let mut counts = Vec::new();
    for row in rows(connection, "SELECT \"trigger\", state, COUNT(*) FROM run GROUP BY 1, 2 ORDER BY 1, 2").await? {
        counts.push(RunCount {
            trigger: row.try_get_by_index(0)?,
            state: row.try_get_by_index(1)?,
            runs: row.try_get_by_index(2)?,
        });
    }
    Ok(counts)
}

/// When the published version was published; `None` before the first run.
pub async fn published_at<C: ConnectionTrait>(connection: &C) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT run.finished_at FROM publication JOIN run ON run.id = publication.run_id";
    let rows = rows(connection, sql).await?;
    let finished: Option<Option<Timestamp>> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(finished.flatten())
}

/// How long the stages of the newest publishing run took; `None` before the first.
pub async fn newest_stage_seconds<C: ConnectionTrait>(connection: &C) -> Result<Option<StageSeconds>, StoreError> {
    let sql = "SELECT count_seconds, score_seconds, review_seconds, publish_seconds FROM run \
               WHERE version IS NOT NULL ORDER BY id DESC LIMIT 1";
    let rows = rows(connection, sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(StageSeconds {
        count: row.try_get_by_index(0)?,
        score: row.try_get_by_index(1)?,
        review: row.try_get_by_index(2)?,
        publish: row.try_get_by_index(3)?,
    }))
}

/// The number of weeks that wait to be counted again.
pub async fn stale_weeks<C: ConnectionTrait>(connection: &C) -> Result<i64, StoreError> {
    let rows = rows(connection, "SELECT COUNT(DISTINCT week) FROM stale_week").await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}
