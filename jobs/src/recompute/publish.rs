//! Publishing: all results of a run become visible in one transaction, or none does.

use std::collections::BTreeMap;
use std::time::Instant;

use entity::decision::DecisionId;
use entity::publication::Model as PublicationRow;
use entity::run::Model as RunRow;
use entity::segment::Model as SegmentRow;
use entity::slot::SlotState;
use entity::store::decision_review::NewReview;
use entity::store::run::{RunResult, RunTimings};
use entity::{Day, StoreError, store};
use needle_analytics::weekly::WeeklyScore;

use super::count::RunSnapshot;
use super::lease::PublishingLease;
use super::prepared::{NamedProfiles, ScoreChange};
use super::watch::RunMonitor;
use super::{RecomputeError, RunContext};

/// How long an older version, or edition of the reviews, can still be read, in seconds.
pub(super) const VERSION_KEPT_SECONDS: i64 = 24 * 60 * 60;

/// A segment and its weekly scores.
pub type SegmentWeeks = (SegmentRow, BTreeMap<Day, WeeklyScore>);

/// The results of a run.
#[derive(Debug)]
pub struct RunFindings {
    /// The weekly scores of every segment; empty when only reviews are added.
    pub scores: Vec<SegmentWeeks>,
    /// The reviews of the decisions that were due.
    pub reviews: Vec<NewReview>,
    /// The number of scored responses that the run used.
    pub responses_seen: i64,
    /// The run used responses before this day only; `None` for a run of the present.
    pub responses_before: Option<Day>,
    /// False when a newer version is published: then only the reviews are added.
    pub publishes: bool,
}

/// Publishes the results under the lease, and returns the timings with that of the publishing.
pub async fn publish(
    context: &RunContext,
    lease: &PublishingLease,
    run: &RunRow,
    monitor: &RunMonitor,
    snapshot: RunSnapshot,
    findings: RunFindings,
    mut seconds: RunTimings,
) -> Result<RunTimings, RecomputeError> {
    let (started, now) = (Instant::now(), context.clock.now());
    let before = snapshot.publication.as_ref().map_or(0, |publication| publication.version);
    let version = before + 1;
    let segments_scored = findings.scores.len();
    let changes = ScoreChange::all(run, version, &snapshot.scores, findings.scores);
    let named = NamedProfiles::read(&context.database, &snapshot).await?;
    let transaction = context.database.begin_write().await?;
    lease.hold_in(&transaction).await?;
    if let Some(slot) = monitor.slot() {
        if !store::slot::settle(&transaction, slot, SlotState::Succeeded, None, now).await? {
            return Err(RecomputeError::LostSlot);
        }
        store::slot::settle_earlier(&transaction, slot, now).await?;
    }
    let kept_since = now.plus_seconds(-VERSION_KEPT_SECONDS);
    let count = |length: usize| i32::try_from(length).expect("a run counts weeks, segments and reviews in thousands");
    let mut work = RunResult {
        version: None,
        responses_seen: findings.responses_seen,
        weeks_counted: count(snapshot.counted.len()),
        segments_scored: count(segments_scored),
        decisions_reviewed: count(findings.reviews.len()),
    };
    if findings.publishes {
        work.version = Some(version);
        store::tally::replace(&transaction, &snapshot.counted, snapshot.fresh).await?;
        store::stale_week::delete(&transaction, &snapshot.marks).await?;
        for change in changes {
            change.write(&transaction, version).await?;
        }
        let oldest = store::run::oldest_version_since(&transaction, kept_since).await?;
        store::segment_score::delete_ended_before(&transaction, oldest.unwrap_or(version).min(before)).await?;
        let publication = PublicationRow {
            id: 1,
            version,
            run_id: run.id,
            as_of: run.as_of,
            answers_before: findings.responses_before,
            erasures: 0,
        };
        store::publication::put(&transaction, publication).await?;
        store::dimension::publish_profile_schema(&transaction, snapshot.profile_schema).await?;
        named.delete_others(&transaction).await?;
    }
    let reviewed: Vec<DecisionId> = findings.reviews.iter().map(|review| review.row.decision_id).collect();
    store::decision_review::put(&transaction, findings.reviews).await?;
    store::decision_standing::write_edition(&transaction, &reviewed, now, kept_since).await?;
    seconds.publish = started.elapsed().as_secs_f64();
    store::run::succeed(&transaction, run.id, work, seconds, now).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(seconds)
}
