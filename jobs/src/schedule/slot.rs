//! The slots of a job in the database: passed slots are recorded, and the newest that can be done is claimed.

use std::time::Duration;

use entity::slot::{Job, Model as SlotRow, SlotState};
use entity::store::slot::SlotClaim;
use entity::{DatabaseTransaction, StoreError, Timestamp, store};

use super::slot_outcome::{CatchUpPolicy, SlotOutcome, age, slot_outcomes};
use super::{JobSchedule, ScheduleSettings};
use crate::recompute::process;

/// How long a claim on a slot lasts unless it is renewed, in seconds.
pub(super) const HELD_SECONDS: i64 = 15;

/// How often the database is queried although nothing is due: for slots whose owner ended, and for attempts to repeat.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// How many attempts that end with their process count like one that fails.
const DEATHS_PER_ATTEMPT: u32 = 4;

/// How many slots that passed while no worker was running are recorded, the newest ones.
const MAX_RECORDED: usize = 1_000;

/// A recorded slot this far ahead means that the clock was set back.
pub(super) const CLOCK_SET_BACK: Duration = Duration::from_mins(5);

/// Slots this far ahead were recorded by a clock that was wrong; what is nearer and done was done before a correction.
const CLOCK_WAS_WRONG: Duration = Duration::from_hours(24);

/// Records the slots that have passed, with the outcome of each, and settles open ones that a later slot replaces.
pub(super) async fn account(
    transaction: &DatabaseTransaction,
    plan: &JobSchedule,
    late_after: Duration,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(schedule) = store::schedule::of_job(transaction, plan.job).await? else { return Ok(()) };
    if age(now, schedule.accounted_until) > CLOCK_SET_BACK {
        let (soon, far) = (now.plus(CLOCK_SET_BACK), now.plus(CLOCK_WAS_WRONG));
        let taken_back = store::slot::take_back(transaction, plan.job, soon, far).await?;
        tracing::warn!(job = plan.job.name(), taken_back, "the clock was set back: slots count from now on again");
        return store::schedule::account(transaction, plan.job, now).await;
    }
    let (passed, count) = plan.expression.between(schedule.accounted_until, now, MAX_RECORDED);
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
        outcomes.iter().rev().find(|(_, outcome)| !matches!(outcome, SlotOutcome::Missed(_))).map(|(slot, _)| *slot);
    let rows = outcomes.into_iter().map(|(slot, outcome)| row(plan.job, slot, &outcome, now)).collect();
    store::slot::put_new(transaction, rows).await?;
    store::schedule::account(transaction, plan.job, *passed.last().unwrap_or(&now)).await?;
    if let Some(newest) = newest_done {
        replace_old(transaction, plan.job, newest, late_after, now).await?;
    }
    store::delivery::leave_uncertain(transaction, plan.job, now).await?;
    Ok(())
}

/// Settles open slots that no process is working on, that are too old to be late, and that a newer one replaces.
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
            Some(error) => (SlotState::Failed, format!("{error}; a later slot replaces it")),
            None => (SlotState::Missed, "no worker was running in time; a later slot replaces it".to_owned()),
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

/// Claims the newest slot that can be done, unless another one of the job is in progress: its run does the work of those
/// before it too, so that a storm leaves no backlog. Settles as failed those whose last attempt ended with its process.
pub(super) async fn claim_newest(
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
    let mut claimable: Vec<SlotRow> = open.into_iter().rev().filter(|slot| can_be_claimed(slot, now)).collect();
    // What failed is tried again first: newer slots must not keep it from its last attempt, after which somebody hears of it.
    claimable.sort_by_key(|slot| slot.error.is_none());
    for slot in claimable {
        let Some(claim) = store::slot::claim(transaction, &slot, &owner, until).await? else { continue };
        // An attempt that ended with its process says little about the slot: processes are killed for other reasons.
        let attempts = if slot.error.is_some() { settings.attempts } else { settings.attempts * DEATHS_PER_ATTEMPT };
        if slot.attempts.unsigned_abs() < attempts {
            return Ok(Some((claim, slot)));
        }
        let why = slot.error.as_deref().unwrap_or("its process ended before it was done, at every attempt");
        store::slot::settle(transaction, claim, SlotState::Failed, Some(why), now).await?;
    }
    Ok(None)
}

/// When to check a job next: at its next slot, at the next attempt, or after [`LOOK`].
pub(super) fn next_look(schedule: &JobSchedule, open: &[SlotRow], now: Timestamp) -> Timestamp {
    let look = now.plus(LOOK);
    let attempts = open.iter().map(|slot| slot.not_before).filter(|timestamp| *timestamp > now);
    attempts.chain(schedule.expression.next(now)).fold(look, Timestamp::min)
}

fn is_at_work(slot: &SlotRow, now: Timestamp) -> bool {
    // A claim that lasts longer than any was made by a clock that was ahead.
    let is_held = slot.held_until >= now && slot.held_until <= now.plus_seconds(HELD_SECONDS).plus(CLOCK_SET_BACK);
    slot.state == SlotState::Running && is_held && !process::is_gone(&slot.owner)
}

/// True when a slot should be done and no process is working on it.
pub(super) fn can_be_claimed(slot: &SlotRow, now: Timestamp) -> bool {
    match slot.state {
        SlotState::Due => slot.not_before <= now,
        _ => !is_at_work(slot, now),
    }
}
