//! What a publication writes, worked out before its transaction begins: no writer waits for arithmetic.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::profile::ProfileId;
use entity::run::Model as RunRow;
use entity::segment::{Model as SegmentRow, SegmentId};
use entity::segment_score::Model as ScoreRow;
use entity::{Database, DatabaseTransaction, Day, StoreError, store};
use needle_analytics::tally;
use needle_analytics::weekly::{WeeklyScore, weekly_of};
use needle_analytics::work::run_blocking;
use needle_stats::nps::NpsCounts;

use super::RecomputeError;
use super::count::RunSnapshot;
use super::publish::SegmentWeeks;

/// The scores of one segment that change with a version.
#[derive(Debug)]
pub struct ScoreChange {
    segment: SegmentId,
    /// The weeks whose former scores are valid no more.
    ended: Vec<Day>,
    new: Vec<ScoreRow>,
}

impl ScoreChange {
    /// Compares the scores of a run with those of the published version.
    pub fn all(run: &RunRow, version: i64, former: &[ScoreRow], scores: Vec<SegmentWeeks>) -> Vec<Self> {
        let mut of_segment: HashMap<SegmentId, Vec<&ScoreRow>> = HashMap::new();
        for row in former {
            of_segment.entry(row.segment_id).or_default().push(row);
        }
        let change = |(segment, weekly): SegmentWeeks| {
            let former = of_segment.get(&segment.id).map_or(&[][..], Vec::as_slice);
            Self::of(run, version, &segment, weekly, former)
        };
        scores.into_iter().map(change).collect()
    }

    fn of(
        run: &RunRow,
        version: i64,
        segment: &SegmentRow,
        mut weekly: BTreeMap<Day, WeeklyScore>,
        former: &[&ScoreRow],
    ) -> Self {
        let mut ended = Vec::new();
        for row in former {
            let same = row.definition_id == segment.definition_id
                && weekly.get(&row.week).is_some_and(|weekly| *weekly == weekly_of(row));
            if same {
                weekly.remove(&row.week);
            } else {
                ended.push(row.week);
            }
        }
        let new = weekly.into_iter().map(|(week, weekly)| score_row(run, version, segment, week, weekly)).collect();
        Self { segment: segment.id, ended, new }
    }

    /// Ends the validity of rows that changed or disappeared, and inserts those that changed or are new.
    pub async fn write(self, transaction: &DatabaseTransaction, version: i64) -> Result<(), StoreError> {
        store::segment_score::end(transaction, self.segment, &self.ended, version).await?;
        store::segment_score::insert(transaction, self.new).await
    }
}

fn score_row(run: &RunRow, version: i64, segment: &SegmentRow, week: Day, weekly: WeeklyScore) -> ScoreRow {
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

/// The profiles that the blocks of weeks refer to, once this version is published.
#[derive(Debug)]
pub struct NamedProfiles(BTreeMap<Day, HashSet<ProfileId>>);

impl NamedProfiles {
    /// Those of the weeks that were marked stale since the snapshot: every other block was counted from the present
    /// responses.
    pub async fn read(database: &Database, snapshot: &RunSnapshot) -> Result<Self, RecomputeError> {
        let counted: HashSet<_> = snapshot.marks.iter().map(|mark| (mark.week, mark.id)).collect();
        let marks = store::stale_week::all(database.reader()).await?;
        let newer = marks.into_iter().filter(|mark| !counted.contains(&(mark.week, mark.id)));
        let weeks: BTreeSet<Day> = newer.map(|mark| mark.week).collect();
        let stored: Vec<Day> = weeks.difference(&snapshot.counted).copied().collect();
        let mut blocks = store::tally::of_weeks(database.reader(), &stored).await?;
        blocks.extend(snapshot.fresh.iter().filter(|block| weeks.contains(&block.week)).cloned());
        let unpack = move || {
            let mut named: BTreeMap<Day, HashSet<ProfileId>> =
                weeks.into_iter().map(|week| (week, HashSet::new())).collect();
            for block in &blocks {
                named.insert(block.week, tally::profiles(block)?);
            }
            Ok::<_, StoreError>(named)
        };
        Ok(Self(run_blocking(unpack).await??))
    }

    /// Deletes the profiles without responses, except those that blocks of stale weeks still refer to. A week that was
    /// marked after [`NamedProfiles::read`] is read here.
    pub async fn delete_others(mut self, transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        let marks = store::stale_week::all(transaction).await?;
        let weeks: BTreeSet<Day> = marks.into_iter().map(|mark| mark.week).collect();
        let unread: Vec<Day> = weeks.iter().filter(|week| !self.0.contains_key(week)).copied().collect();
        for block in store::tally::of_weeks(transaction, &unread).await? {
            self.0.insert(block.week, tally::profiles(&block)?);
        }
        let referenced: HashSet<ProfileId> = self.0.into_values().flatten().collect();
        store::profile::delete_unreferenced(transaction, &referenced).await
    }
}
