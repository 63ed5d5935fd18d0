//! The tally, compared with the raw responses: every week that is not stale is counted again.
//!
//! That is one GROUP BY over all responses, half a year at a time, so that memory stays bounded. A quick check only
//! verifies that the blocks are undamaged.

use std::collections::{BTreeMap, BTreeSet};

use entity::period::mondays;
use entity::tally::Model as TallyRow;
use entity::{DatabaseTransaction, Day, StoreError, store};
use needle_analytics::tally::{check, have_same_counts};

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};
use crate::recompute::count::count;

/// How many weeks are compared at a time.
const WEEKS_AT_A_TIME: usize = 26;

/// The weeks with damaged, missing and differing blocks; the differing ones with the stored and the counted number of
/// responses.
#[derive(Default)]
struct TallyDifferences {
    damaged: Vec<Day>,
    missing: Vec<Day>,
    differing: Vec<(Day, i64, i64)>,
}

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let snapshot = context.database.begin_snapshot().await?;
    let found = compare(&snapshot, context.quick).await;
    snapshot.rollback().await.map_err(StoreError::from)?;
    let (weeks, differences) = found?;
    let mut findings = differences.findings();
    if findings.is_empty() {
        let message = if context.quick { "every block is undamaged" } else { "every count matches the responses" };
        findings.push(DoctorFinding::ok(format!("{} checked: {message}", count_of(weeks, "week"))));
    }
    Ok(findings)
}

async fn compare(snapshot: &DatabaseTransaction, quick: bool) -> Result<(usize, TallyDifferences), StoreError> {
    let stale: BTreeSet<Day> = store::stale_week::all(snapshot).await?.into_iter().map(|mark| mark.week).collect();
    let mut weeks: BTreeSet<Day> = store::tally::responses(snapshot).await?.into_iter().map(|(week, _)| week).collect();
    if !quick && let Some((first, end)) = store::tally::extent(snapshot).await? {
        weeks.extend(mondays(first..end));
    }
    let weeks: Vec<Day> = weeks.difference(&stale).copied().collect();
    let mut differences = TallyDifferences::default();
    for some in weeks.chunks(WEEKS_AT_A_TIME) {
        let stored = by_week(store::tally::of_weeks(snapshot, some).await?);
        if quick {
            differences.damaged.extend(stored.values().filter(|block| check(block).is_err()).map(|block| block.week));
            continue;
        }
        let fresh = by_week(count(snapshot, &some.iter().copied().collect()).await?);
        for week in some {
            differences.note(*week, stored.get(week), fresh.get(week));
        }
    }
    Ok((weeks.len(), differences))
}

fn by_week(blocks: Vec<TallyRow>) -> BTreeMap<Day, TallyRow> {
    blocks.into_iter().map(|block| (block.week, block)).collect()
}

impl TallyDifferences {
    fn note(&mut self, week: Day, stored: Option<&TallyRow>, fresh: Option<&TallyRow>) {
        match (stored, fresh) {
            (None, None) => {}
            (None, Some(_)) => self.missing.push(week),
            (Some(stored), _) if check(stored).is_err() => self.damaged.push(week),
            (Some(stored), fresh) => {
                let counted = fresh.map_or(0, |block| block.responses);
                if fresh.is_none_or(|fresh| !have_same_counts(stored, fresh)) {
                    self.differing.push((week, stored.responses, counted));
                }
            }
        }
    }

    fn findings(&self) -> Vec<DoctorFinding> {
        let advice = "run `needle recompute --full`, which counts every week again from the responses";
        let mut findings = Vec::new();
        if let Some(first) = self.damaged.first() {
            let weeks = count_of(self.damaged.len(), "block");
            let message = format!("{weeks} cannot be read, the first is that of {first}");
            findings.push(DoctorFinding::problem("tally-damaged", message, advice));
        }
        if let Some(first) = self.missing.first() {
            let weeks = count_of(self.missing.len(), "week");
            let message =
                format!("{weeks} with responses were never counted and are not marked, the first is that of {first}");
            findings.push(DoctorFinding::problem("tally-missing", message, advice));
        }
        if let Some((first, stored, counted)) = self.differing.first() {
            let weeks = count_of(self.differing.len(), "week");
            let message = format!(
                "the tally contradicts the responses in {weeks}, first in that of {first}: {stored} responses in the \
                 tally, {counted} counted"
            );
            findings.push(DoctorFinding::problem("tally-differs", message, advice));
        }
        findings
    }
}
