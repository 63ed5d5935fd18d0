//! The replay: one run per week of a period of the past, as they would have come in.

use entity::Day;
use entity::period::mondays;
use entity::run::RunTrigger;

use super::lease::PublishingLease;
use super::watch::Watch;
use super::work::Memory;
use super::{Outcome, Request, RunError, Workplace, run_under};

/// Runs every Monday in `from..until`, oldest first, and hands each outcome on.
pub async fn replay(
    workplace: &Workplace,
    from: Day,
    until: Day,
    mut each: impl FnMut(Outcome),
) -> Result<(), RunError> {
    let lease = PublishingLease::take(workplace, &Watch::default()).await?;
    let mut memory = Memory::default();
    let mut outcome = Ok(());
    for monday in mondays(from.monday_on_or_after()..until) {
        let request = Request { as_of: Some(monday), ..Request::by(RunTrigger::Replay) };
        outcome = run_under(workplace, &lease, &request, &mut memory).await.map(&mut each);
        if outcome.is_err() {
            break;
        }
    }
    lease.release().await;
    outcome
}
