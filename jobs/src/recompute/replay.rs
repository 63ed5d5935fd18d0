//! The replay: one run for each week of a past period, each as of its Monday.

use entity::Day;
use entity::period::mondays;
use entity::run::RunTrigger;

use super::claim::RunRequest;
use super::publisher::{Publisher, RunOutcome};
use super::watch::RunMonitor;
use super::{RunContext, RunError};

/// Does a run as of every Monday in `from..until`, oldest first, and passes each outcome to `each`. Stops at the first
/// run that fails.
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
