//! The replay: one run per week of a period of the past, as they would have come in.

use entity::Day;
use entity::period::mondays;
use entity::run::RunTrigger;

use super::claim::RunRequest;
use super::publisher::{Publisher, RunOutcome};
use super::watch::RunMonitor;
use super::{RunContext, RunError};

/// Runs every Monday in `from..until`, oldest first, and hands each outcome on.
pub async fn replay(
    context: &RunContext,
    from: Day,
    until: Day,
    mut each: impl FnMut(RunOutcome),
) -> Result<(), RunError> {
    let mut publisher = Publisher::wait(context, &RunMonitor::default()).await?;
    let mut outcome = Ok(());
    for monday in mondays(from.monday_on_or_after()..until) {
        let request = RunRequest { as_of: Some(monday), ..RunRequest::by(RunTrigger::Replay) };
        outcome = publisher.run(&request).await.map(&mut each);
        if outcome.is_err() {
            break;
        }
    }
    publisher.release().await;
    outcome
}
