//! Slots of the schedule: due for long, failed, missed.

use entity::slot::{Job, Model as SlotRow, SlotState};
use entity::{Timestamp, store};

use super::{AreaFindings, DoctorContext, DoctorFinding, count_of};
use crate::recompute::process;

/// A slot that has been due for longer than this many seconds is reported.
const LONG_DUE_SECONDS: i64 = 15 * 60;

/// A slot this many seconds ahead was recorded by a clock that was ahead.
const FAR_SECONDS: i64 = 5 * 60;

/// How many of a job's newest slots are searched for the newest settled one.
const NEWEST_SLOTS: u64 = 10;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let (reader, now) = (context.database.reader(), context.clock.now());
    let mut findings = Vec::new();
    let mut is_scheduled = false;
    for job in Job::ALL {
        is_scheduled |= store::schedule::of_job(reader, job).await?.is_some();
        let open = store::slot::open(reader, job).await?;
        findings.extend(open.iter().filter_map(|slot| of_open(slot, now)));
        let newest = store::slot::newest(reader, job, NEWEST_SLOTS).await?;
        findings.extend(newest.iter().find(|slot| slot.finished_at.is_some()).and_then(of_settled));
    }
    if let Some((slots, newest)) = store::slot::after(reader, now.plus_seconds(FAR_SECONDS)).await? {
        let newest = newest.to_utc().format("%Y-%m-%d %H:%M:%S UTC");
        let message = format!("{} lie in the future, the last at {newest}: a clock was ahead", count_of(slots, "slot"));
        let advice = "synchronize the clock with a time server; `needle serve` takes them back within seconds";
        findings.push(DoctorFinding::problem("future-slot", message, advice));
    }
    if findings.is_empty() {
        findings.push(DoctorFinding::ok(if is_scheduled {
            "every slot that was due has been done"
        } else {
            "nothing was ever scheduled: `needle serve` runs the schedule"
        }));
    }
    Ok(findings)
}

fn of_open(slot: &SlotRow, now: Timestamp) -> Option<DoctorFinding> {
    let (job, timestamp) = (slot.job.name(), slot.slot.to_utc().format("%Y-%m-%d %H:%M:%S UTC"));
    if slot.state == SlotState::Due && slot.not_before.plus_seconds(LONG_DUE_SECONDS) < now {
        let message = format!("the {job} slot of {timestamp} is due, and no process works on it");
        let advice = "start `needle serve`, which runs the schedule";
        return Some(DoctorFinding::warning("long-due", message, advice));
    }
    if slot.state == SlotState::Running && (slot.held_until < now || process::is_gone(&slot.owner)) {
        let message = format!("the process that worked on the {job} slot of {timestamp} has ended");
        let advice = "nothing needs to be done while another `needle serve` is running: it takes the slot over";
        return Some(DoctorFinding::warning("left-slot", message, advice));
    }
    None
}

/// The finding for the newest settled slot; `None` when it succeeded or was cancelled.
fn of_settled(slot: &SlotRow) -> Option<DoctorFinding> {
    let (job, timestamp) = (slot.job.name(), slot.slot.to_utc().format("%Y-%m-%d %H:%M:%S UTC"));
    let why = slot.error.as_deref().unwrap_or("no reason was recorded");
    match slot.state {
        SlotState::Failed => {
            let message = format!("the {job} slot of {timestamp} failed after {} attempts: {why}", slot.attempts);
            let advice = "fix the cause, then run `needle recompute` to do the slot's work now";
            Some(DoctorFinding::problem("failed-slot", message, advice))
        }
        SlotState::Missed => {
            let message = format!("the {job} slot of {timestamp} was missed: {why}");
            let advice = "keep `needle serve` running; `needle recompute` does the slot's work now";
            Some(DoctorFinding::warning("missed-slot", message, advice))
        }
        _ => None,
    }
}
