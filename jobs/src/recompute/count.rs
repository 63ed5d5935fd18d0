//! Counting: which weeks are stale, and their counts as blocks, all read in one snapshot.

use std::collections::{BTreeSet, HashMap};

use entity::decision::{DecisionId, Model as DecisionRow};
use entity::period::mondays;
use entity::profile::Model as ProfileRow;
use entity::publication::Model as PublicationRow;
use entity::segment::Model as SegmentRow;
use entity::segment_definition::Model as DefinitionRow;
use entity::segment_score::Model as ScoreRow;
use entity::stale_week::Model as StaleWeekRow;
use entity::store::tally::DailyCount;
use entity::tally::Model as TallyRow;
use entity::{DatabaseTransaction, Day, ProfileSchema, StoreError, store};
use needle_analytics::tally;

/// Everything a run reads, from one database snapshot.
#[derive(Debug)]
pub struct RunSnapshot {
    /// The present publication; `None` before the first one.
    pub publication: Option<PublicationRow>,
    /// The stale weeks, to be deleted when the run publishes.
    pub marks: Vec<StaleWeekRow>,
    /// The weeks that were counted again.
    pub counted: BTreeSet<Day>,
    /// The new blocks of the counted weeks, without weeks that have no responses.
    pub fresh: Vec<TallyRow>,
    /// The number of scored responses of every week, including the weeks counted again.
    pub responses: HashMap<Day, i64>,
    /// All segments, by key.
    pub segments: Vec<SegmentRow>,
    /// All decisions, ordered by the day on which they take effect.
    pub decisions: Vec<DecisionRow>,
    /// Every definition of every segment, oldest first.
    pub definitions: Vec<DefinitionRow>,
    /// Which attributes and derived dimensions profiles store.
    pub profile_schema: ProfileSchema,
    /// The decisions that have their final review.
    pub closed: std::collections::HashSet<DecisionId>,
    /// The scores of the published version.
    pub scores: Vec<ScoreRow>,
}

impl RunSnapshot {
    /// Reads everything and counts the stale weeks, or all weeks when `full`.
    pub async fn take(snapshot: &DatabaseTransaction, full: bool) -> Result<Self, StoreError> {
        let publication = store::publication::current(snapshot).await?;
        let marks = store::stale_week::all(snapshot).await?;
        let mut responses: HashMap<Day, i64> = store::tally::responses(snapshot).await?.into_iter().collect();
        let mut weeks: BTreeSet<Day> = marks.iter().map(|mark| mark.week).collect();
        if full {
            weeks.extend(responses.keys());
            weeks.extend(weeks_with_responses(snapshot).await?);
        }
        let fresh = count(snapshot, &weeks).await?;
        responses.retain(|week, _| !weeks.contains(week));
        responses.extend(fresh.iter().map(|block| (block.week, block.responses)));
        let segments = store::segment::all(snapshot).await?;
        let mut decisions = store::decision::all(snapshot).await?;
        // Not by row: sums over decisions must not depend on the order in which they were written.
        decisions.sort_by(|one, other| {
            (one.takes_effect_on, &one.external_id).cmp(&(other.takes_effect_on, &other.external_id))
        });
        let scores = match &publication {
            Some(publication) => store::segment_score::of_version(snapshot, publication.version).await?,
            None => Vec::new(),
        };
        Ok(Self {
            publication,
            marks,
            counted: weeks,
            fresh,
            responses,
            definitions: store::segment::definitions(snapshot).await?,
            profile_schema: store::dimension::profile_schema(snapshot).await?,
            closed: store::decision_review::closed(snapshot).await?,
            segments,
            decisions,
            scores,
        })
    }
}

/// The fresh blocks and the stored ones of all other weeks, or of `only` these weeks.
pub async fn blocks(
    snapshot: &DatabaseTransaction,
    counted: &RunSnapshot,
    only: Option<&BTreeSet<Day>>,
) -> Result<(Vec<TallyRow>, Vec<ProfileRow>), StoreError> {
    let is_needed = |week: &Day| only.is_none_or(|only| only.contains(week));
    let stored: Vec<Day> =
        counted.responses.keys().filter(|week| !counted.counted.contains(week) && is_needed(week)).copied().collect();
    let mut blocks = store::tally::of_weeks(snapshot, &stored).await?;
    blocks.extend(counted.fresh.iter().filter(|block| is_needed(&block.week)).cloned());
    blocks.sort_by_key(|block| block.week);
    Ok((blocks, store::profile::all(snapshot).await?))
}

async fn weeks_with_responses(snapshot: &DatabaseTransaction) -> Result<Vec<Day>, StoreError> {
    let Some((first, end)) = store::tally::extent(snapshot).await? else { return Ok(Vec::new()) };
    Ok(mondays(first..end).collect())
}

/// One GROUP BY for each run of neighbouring weeks; a week is packed as soon as the next one begins.
pub(crate) async fn count(snapshot: &DatabaseTransaction, weeks: &BTreeSet<Day>) -> Result<Vec<TallyRow>, StoreError> {
    let mut blocks = Vec::new();
    for (from, until) in runs(weeks) {
        let mut week = CountWeek { monday: from, counts: Vec::new() };
        let mut failure = None;
        store::tally::count(snapshot, from, until, |count| {
            if count.day.monday() != week.monday {
                let monday = count.day.monday();
                let done = std::mem::replace(&mut week, CountWeek { monday, counts: Vec::new() });
                match tally::pack(done.monday, done.counts) {
                    Ok(block) => blocks.extend(block),
                    Err(error) => failure = Some(error),
                }
            }
            week.counts.push(count);
        })
        .await?;
        if let Some(error) = failure {
            return Err(error);
        }
        blocks.extend(tally::pack(week.monday, week.counts)?);
    }
    Ok(blocks)
}

struct CountWeek {
    monday: Day,
    counts: Vec<DailyCount>,
}

/// Neighbouring weeks as ranges of days.
fn runs(weeks: &BTreeSet<Day>) -> Vec<(Day, Day)> {
    let mut runs: Vec<(Day, Day)> = Vec::new();
    for week in weeks {
        match runs.last_mut() {
            Some((_, until)) if *until == *week => *until = week.plus_days(7),
            _ => runs.push((*week, week.plus_days(7))),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_weeks_are_counted_together() {
        let weeks = [4, 11, 18, 32, 60, 67].map(Day).into_iter().collect();
        let days = |from, until| (Day(from), Day(until));
        assert_eq!(runs(&weeks), [days(4, 25), days(32, 39), days(60, 74)]);
    }
}
