//! Leases and the runs under them: holders that have ended, runs that no process works on any more, and a writer that
//! all others wait for.

use entity::lease::Model as LeaseRow;
use entity::run::Model as RunRow;
use entity::{Timestamp, store};

use super::{AreaFindings, DoctorContext, DoctorFinding};
use crate::recompute::{lease, process};

/// A writer that is at work sends its next statement within moments.
const IDLE_WRITER_SECONDS: f64 = 5.0;

pub async fn examine(context: &DoctorContext) -> AreaFindings {
    let reader = context.database.reader();
    // The runs first: a run that ends between the two statements must not be reported as abandoned.
    let running = store::diagnosis::running(reader).await?;
    let leases = store::lease::all(reader).await?;
    let now = context.clock.now();
    let mut findings: Vec<DoctorFinding> = leases.iter().filter_map(|lease| of_lease(lease, now)).collect();
    let publishing = leases.iter().find(|held| held.name == lease::NAME && is_alive(held, now));
    findings.extend(running.iter().filter(|run| !is_worked_on(run, publishing, now)).map(of_run));
    let idle = store::diagnosis::idle_writer_seconds(reader).await?;
    findings.extend(idle.and_then(of_idle_writer));
    if findings.is_empty() {
        findings.push(DoctorFinding::ok(match publishing {
            Some(_) => "a run is in progress",
            None => "no run is in progress, and none was abandoned",
        }));
    }
    Ok(findings)
}

fn is_alive(lease: &LeaseRow, now: Timestamp) -> bool {
    lease.held_until >= now && !process::is_gone(&lease.owner)
}

fn of_idle_writer(seconds: f64) -> Option<DoctorFinding> {
    let message = format!("a writer has kept the lock for {seconds:.0} seconds without a statement: all others wait");
    let advice = "continue or end the process that is suspended; PostgreSQL ends its session after 20 seconds";
    (seconds > IDLE_WRITER_SECONDS).then(|| DoctorFinding::warning("idle-writer", message, advice))
}

fn of_lease(lease: &LeaseRow, now: Timestamp) -> Option<DoctorFinding> {
    let name = &lease.name;
    if lease.held_until < now {
        return None;
    }
    if process::is_gone(&lease.owner) {
        let message = format!("the lease \"{name}\" is held by a process of this machine that has ended");
        let advice = "nothing needs to be done: the next run takes it over at once";
        return Some(DoctorFinding::warning("dead-holder", message, advice));
    }
    if lease.held_until > now.plus_seconds(lease::LONGEST_SECONDS) {
        let until = lease.held_until.to_utc().format("%Y-%m-%d %H:%M:%S UTC");
        let message = format!("the lease \"{name}\" is held until {until}: a clock was wrong when it was taken");
        let advice = "synchronize the clocks of all machines with a time server; the next run takes the lease over";
        return Some(DoctorFinding::problem("far-lease", message, advice));
    }
    None
}

/// True while a process holds the lease for this run, or while the run may still wait for the lease.
fn is_worked_on(run: &RunRow, publishing: Option<&LeaseRow>, now: Timestamp) -> bool {
    match run.fence {
        Some(fence) => publishing.is_some_and(|held| held.fence == fence),
        None => run.started_at.plus(lease::WAIT_TIMEOUT) >= now,
    }
}

fn of_run(run: &RunRow) -> DoctorFinding {
    let message = format!("run {} is marked as running, but no process works on it", run.id.0);
    let advice = "nothing needs to be done: the next run marks it as abandoned; nothing of it was published";
    DoctorFinding::warning("abandoned-run", message, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::FindingLevel;

    #[test]
    fn a_writer_that_does_nothing_is_named_after_moments() {
        assert_eq!(of_idle_writer(4.9), None);
        let finding = of_idle_writer(12.3).expect("a finding");
        assert_eq!((finding.code, finding.level), ("idle-writer", FindingLevel::Warning));
        assert!(finding.message.contains("for 12 seconds"), "{}", finding.message);
    }
}
