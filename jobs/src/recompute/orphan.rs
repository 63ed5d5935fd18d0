//! Runs whose process went away: they are ended, and those that somebody was promised are done by this process.

use entity::run::Model as RunRow;
use entity::{StoreError, store};
use needle_rules::segment::ChangeError;

use super::claim::{RunRequest, claim};
use super::{BackgroundRuns, RecomputeError, RunContext, RunMonitor, execute, log};

/// Ends the runs that nobody works on any more. A run that was requested under an idempotency key is started again in
/// the background of this process, under the same key: whoever repeats the request finds it. Runs of slots are taken up by
/// the schedule.
pub async fn take_up(context: &RunContext, background: &BackgroundRuns) -> Result<(), StoreError> {
    let now = context.clock.now();
    for orphan in store::run::orphans(context.database.reader(), now).await? {
        if !store::run::abandon_orphan(context.database.writer(), orphan.id, now).await? {
            continue;
        }
        tracing::warn!(run = orphan.id.0, "the process of a run went away: the run is abandoned");
        if orphan.idempotency_key.is_some() && !orphan.cancel_requested {
            start_again(context, background, orphan).await?;
        }
    }
    Ok(())
}

async fn start_again(context: &RunContext, background: &BackgroundRuns, orphan: RunRow) -> Result<(), StoreError> {
    let request = RunRequest {
        as_of: Some(orphan.as_of),
        full: orphan.full,
        reviews: orphan.reviews,
        idempotency_key: orphan.idempotency_key,
        ..RunRequest::by(orphan.trigger)
    };
    let claimed = match claim(context, &request, None).await {
        Ok(claimed) => claimed,
        Err(ChangeError::Store(error)) => return Err(error),
        Err(ChangeError::Problem(problem)) => {
            tracing::warn!(run = orphan.id.0, reason = problem.message, "an abandoned run is not started again");
            return Ok(());
        }
    };
    if !claimed.is_new {
        return Ok(());
    }
    let (context, monitor, row) = (context.clone(), RunMonitor::default(), claimed.run);
    let (id, task_monitor, task_context) = (row.id, monitor.clone(), context.clone());
    let work = async move {
        if let Err(error) = log::within(&row, execute(&task_context, id, &task_monitor)).await {
            tracing::error!(%error, run = id.0, "a run that was taken up failed");
        }
    };
    if !background.spawn(monitor, work) {
        let why = RecomputeError::ShuttingDown.to_string();
        store::run::end(context.database.writer(), id, entity::run::RunState::Abandoned, &why, context.clock.now())
            .await?;
    }
    Ok(())
}
