//! Publishing: all results of a run become visible in one transaction, or none does.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Instant;

use entity::decision::DecisionId;
use entity::publication::Model as PublicationRow;
use entity::run::Model as RunRow;
use entity::segment::Model as SegmentRow;
use entity::segment_score::Model as ScoreRow;
use entity::slot::SlotState;
use entity::store::decision_review::NewReview;
use entity::store::run::{RunResult, RunTimings};
use entity::{Day, StoreError, store};
use needle_analytics::tally;
use needle_analytics::weekly::WeeklyScore;
use needle_stats::nps::NpsCounts;

use super::count::RunSnapshot;
use super::lease::PublishingLease;
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
        segments_scored: count(findings.scores.len()),
        decisions_reviewed: count(findings.reviews.len()),
    };
    if findings.publishes {
        let before = snapshot.publication.as_ref().map_or(0, |publication| publication.version);
        let version = before + 1;
        work.version = Some(version);
        store::tally::replace(&transaction, &snapshot.counted, snapshot.fresh).await?;
        store::stale_week::delete(&transaction, &snapshot.marks).await?;
        for (segment, weekly) in findings.scores {
            let old = snapshot.scores.iter().filter(|row| row.segment_id == segment.id);
            write_scores(&transaction, run, version, &segment, weekly, old).await?;
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
        delete_unused_profiles(&transaction).await?;
    }
    let reviewed: Vec<DecisionId> = findings.reviews.iter().map(|review| review.row.decision_id).collect();
    store::decision_review::put(&transaction, findings.reviews).await?;
    store::decision_standing::write_edition(&transaction, &reviewed, now, kept_since).await?;
    seconds.publish = started.elapsed().as_secs_f64();
    store::run::succeed(&transaction, run.id, work, seconds, now).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(seconds)
}

/// Deletes the profiles without responses, except those that blocks of weeks marked stale since the snapshot still
/// refer to: every other block was counted from the present responses.
async fn delete_unused_profiles(transaction: &entity::DatabaseTransaction) -> Result<(), StoreError> {
    let marks = store::stale_week::all(transaction).await?;
    let weeks: BTreeSet<Day> = marks.into_iter().map(|mark| mark.week).collect();
    let mut referenced = HashSet::new();
    for block in store::tally::of_weeks(transaction, &Vec::from_iter(weeks)).await? {
        referenced.extend(tally::profiles(&block)?);
    }
    store::profile::delete_unreferenced(transaction, &referenced).await
}

/// Ends the validity of rows that changed or disappeared, and inserts those that changed or are new.
async fn write_scores<'a>(
    transaction: &entity::DatabaseTransaction,
    run: &RunRow,
    version: i64,
    segment: &SegmentRow,
    mut weekly: BTreeMap<Day, WeeklyScore>,
    old: impl Iterator<Item = &'a ScoreRow>,
) -> Result<(), StoreError> {
    let mut ended = Vec::new();
    for row in old {
        let same = row.definition_id == segment.definition_id
            && weekly.get(&row.week).is_some_and(|weekly| *weekly == needle_analytics::weekly::weekly_of(row));
        if same {
            weekly.remove(&row.week);
        } else {
            ended.push(row.week);
        }
    }
    store::segment_score::end(transaction, segment.id, &ended, version).await?;
    let rows = weekly.into_iter().map(|(week, weekly)| row(run, version, segment, week, weekly));
    store::segment_score::insert(transaction, rows.collect()).await
}

fn row(run: &RunRow, version: i64, segment: &SegmentRow, week: Day, weekly: WeeklyScore) -> ScoreRow {
    let NpsCounts { promoters, passives, detractors } = weekly.counts;
    let rolling = weekly.rolling;
    ScoreRow {
        segment_id: segment.id,
        week,
        valid_from: version,
        valid_until: None,
        definition_id: segment.definition_id,
        run_id: run.id,
        promoters: promoters.cast_signed(),
        passives: passives.cast_signed(),
        detractors: detractors.cast_signed(),
        rolling_promoters: rolling.promoters.cast_signed(),
        rolling_passives: rolling.passives.cast_signed(),
        rolling_detractors: rolling.detractors.cast_signed(),
    }
}
