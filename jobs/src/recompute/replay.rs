//! The replay: one run per week of a period of the past, as they would have come in.

use entity::Day;
use entity::period::mondays;
use entity::run::RunTrigger;

use super::claim::Request;
use super::publisher::{Outcome, Publisher};
use super::watch::Watch;
use super::{RunError, Workplace};

/// Runs every Monday in `from..until`, oldest first, and hands each outcome on.
pub async fn replay(context: &Workplace, from: Day, until: Day, mut each: impl FnMut(Outcome)) -> Result<(), RunError> {
    let mut publisher = Publisher::wait(context, &Watch::default()).await?;
    let mut outcome = Ok(());
    for monday in mondays(from.monday_on_or_after()..until) {
        let request = Request { as_of: Some(monday), ..Request::by(RunTrigger::Replay) };
        outcome = publisher.run(&request).await.map(&mut each);
        if outcome.is_err() {
            break;
        }
    }
    publisher.release().await;
    outcome
}
