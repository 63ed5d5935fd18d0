//! The replay: one run for each week of a past period, each as of its Monday.

use entity::Day;
use entity::period::mondays;
use entity::run::RunTrigger;
use needle_rules::day;
use needle_rules::segment::ChangeError;

use super::claim::RunRequest;
use super::publisher::{Publisher, RunOutcome};
use super::watch::RunMonitor;
use super::{RunContext, RunError};

/// Does a run as of every Monday in `from..until`, oldest first, and passes each outcome to `each`. Stops at the first
/// run that fails, and refuses weeks that begin after today.
pub async fn replay(
    context: &RunContext,
    from: Day,
    until: Day,
    mut each: impl FnMut(RunOutcome),
) -> Result<(), RunError> {
    let today = context.calendar.get().day_of(context.clock.now());
    let weeks: Vec<Day> = mondays(from.monday_on_or_after()..until).collect();
    for (field, monday) in [("from", weeks.first()), ("until", weeks.last())] {
        // Before any of it is done: a replay that ends half-way would leave the reader guessing.
        monday.map_or(Ok(()), |monday| day::check_as_of(field, *monday, today)).map_err(ChangeError::from)?;
    }
    let mut publisher = Publisher::wait(context, &RunMonitor::default()).await?;
    let mut outcome = Ok(());
    for monday in weeks {
        let request = RunRequest { as_of: Some(monday), ..RunRequest::by(RunTrigger::Replay) };
        outcome = publisher.run(&request).await.map(&mut each);
        if outcome.is_err() {
            break;
        }
    }
    publisher.release().await;
    outcome
}
