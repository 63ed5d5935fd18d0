//! The slots of a job in the database: those that have passed are written down, and the oldest that can be done is claimed.

use std::time::Duration;

use entity::slot::{Job, Model as SlotRow, SlotState};
use entity::store::slot::SlotClaim;
use entity::{DatabaseTransaction, StoreError, Timestamp, store};

use super::slot_outcome::{CatchUpPolicy, SlotOutcome, age, slot_outcomes};
use super::{JobSchedule, ScheduleSettings};
use crate::recompute::process;

/// How long a slot is held unless the claim is renewed.
pub(super) const HELD_SECONDS: i64 = 15;

/// How often the database is asked although nothing is due: for slots whose owner vanished, and for attempts to repeat.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// How many slots that passed while nobody was there are written down one by one.
const WRITTEN_DOWN: usize = 1_000;

/// A slot written down for a moment that is so far ahead was written by a clock that has gone back since.
const CLOCK_WENT_BACK: Duration = Duration::from_mins(5);

/// Writes down the slots that have passed, with what becomes of each, and settles open ones that a later slot replaces.
pub(super) async fn account(
    transaction: &DatabaseTransaction,
    plan: &JobSchedule,
    late_after: Duration,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(schedule) = store::schedule::of_job(transaction, plan.job).await? else { return Ok(()) };
    if age(now, schedule.accounted_until) > CLOCK_WENT_BACK {
        tracing::warn!(job = plan.job.name(), "the clock has gone back: slots count from now on again");
        return store::schedule::account(transaction, plan.job, now).await;
    }
    let (passed, count) = plan.expression.between(schedule.accounted_until, now, WRITTEN_DOWN);
    if count == 0 {
        return Ok(());
    }
    let policy = CatchUpPolicy { late_after, catch_up: plan.catch_up };
    let outcomes = slot_outcomes(&passed, now, policy);
    let missed =
        outcomes.iter().filter(|(_, outcome)| matches!(outcome, SlotOutcome::Missed(_))).count() + count - passed.len();
    if missed > 0 {
        tracing::warn!(job = plan.job.name(), missed, "slots were missed");
    }
    let newest_done =
        outcomes.iter().rev().find(|(_, fate)| !matches!(fate, SlotOutcome::Missed(_))).map(|(slot, _)| *slot);
    let rows = outcomes.into_iter().map(|(slot, fate)| row(plan.job, slot, &fate, now)).collect();
    store::slot::put_new(transaction, rows).await?;
    store::schedule::account(transaction, plan.job, *passed.last().unwrap_or(&now)).await?;
    if let Some(newest) = newest_done {
        replace_old(transaction, plan.job, newest, late_after, now).await?;
    }
    Ok(())
}

/// Settles open slots that were missed while nobody worked on them and that a newer one stands for.
async fn replace_old(
    transaction: &DatabaseTransaction,
    job: Job,
    newest: Timestamp,
    late_after: Duration,
    now: Timestamp,
) -> Result<(), StoreError> {
    for old in store::slot::open(transaction, job).await? {
        let is_over = old.slot < newest && age(old.slot, now) > late_after && !is_at_work(&old, now);
        if !is_over {
            continue;
        }
        let Some(claim) = store::slot::claim(transaction, &old, &old.owner, now).await? else { continue };
        let (state, why) = match &old.error {
            Some(error) => (SlotState::Failed, format!("{error}; a later slot stands for it")),
            None => (SlotState::Missed, "nobody was there in time; a later slot stands for it".to_owned()),
        };
        store::slot::settle(transaction, claim, state, Some(&why), now).await?;
    }
    Ok(())
}

fn row(job: Job, slot: Timestamp, outcome: &SlotOutcome, now: Timestamp) -> SlotRow {
    let (state, error) = match outcome {
        SlotOutcome::Missed(why) => (SlotState::Missed, Some(why.clone())),
        _ => (SlotState::Due, None),
    };
    SlotRow {
        job,
        slot,
        state,
        is_catch_up: *outcome == SlotOutcome::CatchUp,
        not_before: slot,
        owner: String::new(),
        fence: 0,
        held_until: Timestamp(0),
        attempts: 0,
        finished_at: (state == SlotState::Missed).then_some(now),
        error,
    }
}

/// Claims the oldest slot that can be done, unless another one of the job is at work; gives up those whose last
/// attempt vanished with its process.
pub(super) async fn claim_oldest(
    transaction: &DatabaseTransaction,
    job: Job,
    settings: &ScheduleSettings,
    now: Timestamp,
) -> Result<Option<(SlotClaim, SlotRow)>, StoreError> {
    let open = store::slot::open(transaction, job).await?;
    if open.iter().any(|slot| is_at_work(slot, now)) {
        return Ok(None);
    }
    let (owner, until) = (process::name(), now.plus_seconds(HELD_SECONDS));
    for slot in open.into_iter().filter(|slot| can_be_claimed(slot, now)) {
        let Some(claim) = store::slot::claim(transaction, &slot, &owner, until).await? else { continue };
        if slot.attempts.unsigned_abs() < settings.attempts {
            return Ok(Some((claim, slot)));
        }
        let why = slot.error.as_deref().unwrap_or("its process went away before the end, at every attempt");
        store::slot::settle(transaction, claim, SlotState::Failed, Some(why), now).await?;
    }
    Ok(None)
}

/// When there may be something to do for a job: at its next slot, at the next attempt, or when it is time to look.
pub(super) fn next_look(schedule: &JobSchedule, open: &[SlotRow], now: Timestamp) -> Timestamp {
    let look = now.plus(LOOK);
    let attempts = open.iter().map(|slot| slot.not_before).filter(|timestamp| *timestamp > now);
    attempts.chain(schedule.expression.next(now)).fold(look, Timestamp::min)
}

fn is_at_work(slot: &SlotRow, now: Timestamp) -> bool {
    slot.state == SlotState::Running && slot.held_until >= now && !process::is_gone(&slot.owner)
}

/// True when a slot is to be done and nobody is doing it.
pub(super) fn can_be_claimed(slot: &SlotRow, now: Timestamp) -> bool {
    match slot.state {
        SlotState::Due => slot.not_before <= now,
        _ => !is_at_work(slot, now),
    }
}
